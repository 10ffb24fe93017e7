/** The ramp of the second cluster: the share that was asked for, whole orders, and nobody who was in is out again. */
import { describe, expect, it } from '@jest/globals';
import { SwitchState } from './broadcast-switch.state.js';
import { hears } from './ramp.rules.js';

const at = (percent: number, types?: readonly string[]) => ({ state: SwitchState.OPEN, percent, types });
const orders = Array.from({ length: 10_000 }, (_, index) => String(247_380_000_000_000_000n + BigInt(index) * 1_031n));
const heardAt = (percent: number): string[] =>
  orders.filter((orderId) => hears(at(percent), { orderId, type: 'order.paid' }));

describe('the ramp', () => {
  it.each([0, 1, 10, 50, 100])('at %i per cent takes that share of orders, within one per cent', (percent) => {
    expect(Math.abs(heardAt(percent).length - percent * 100)).toBeLessThanOrEqual(100);
  });

  it('takes every order that a lower one took', () => {
    const wider = new Set(heardAt(20));
    expect(heardAt(10).filter((orderId) => !wider.has(orderId))).toEqual([]);
  });

  it('takes all events of an order or none of them, unless types are named', () => {
    const [orderId = ''] = heardAt(10);
    for (const type of ['order.created', 'order.paid']) expect(hears(at(10), { orderId, type })).toBe(true);
    expect(hears(at(100, ['order.paid']), { orderId, type: 'order.created' })).toBe(false);
    expect(hears(at(100, ['order.paid']), { orderId, type: 'order.paid' })).toBe(true);
  });
});
