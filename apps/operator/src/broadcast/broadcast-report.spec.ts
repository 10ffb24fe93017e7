/** An operator sees at a glance what a cluster is told, who stopped it, and what waits. */
import { describe, expect, it } from '@jest/globals';
import { SwitchState } from '@ordo/outbox';
import { broadcastLines, changeLines } from './broadcast-report.js';

const EMPTY = { ready: 0, parked: 0, projected: 0, oldestAgeMs: 0 };
const place = { node: 'node-0', schema: 'ordo_node' };

describe('the report of the broadcast', () => {
  it('shows untouched switches as they stand', () => {
    const [first, second] = broadcastLines([{ ...place, switches: [], depths: { first: EMPTY, second: EMPTY } }]);
    expect(first).toMatch(/first +open; nothing waits$/);
    expect(second).toMatch(/second +open, 0 % of the orders; nothing waits$/);
  });

  it('names who stopped a cluster, since when and why, and how much waits for how long', () => {
    const thrown = {
      ...{ cluster: 'second' as const, state: SwitchState.PAUSED, percent: 10, types: ['order.paid'] },
      ...{ reason: 'a full disk', changedBy: 'li', changedMs: Date.parse('2026-11-20T12:00:00Z') },
    };
    const waiting = { ready: 3, parked: 1, projected: 40, oldestAgeMs: 61_000 };
    const [, second] = broadcastLines([{ ...place, switches: [thrown], depths: { first: EMPTY, second: waiting } }]);
    expect(second).toContain(
      'PAUSED since 2026-11-20T12:00:00.000Z by li: a full disk, 10 % of the orders (order.paid)',
    );
    expect(second).toContain('43 wait, 1 parked, the oldest for 1 min 1 s');
  });

  it('says which place was not reached, and that the command has to be repeated', () => {
    const lines = changeLines([place, { ...place, node: 'node-1', error: new Error('ECONNREFUSED') }]);
    expect(lines[1]).toContain('NOT CHANGED');
    expect(lines.at(-1)).toContain('repeat this');
    expect(changeLines([place]).at(-1)).toContain('two seconds');
  });
});
