/** What a command changes beside the state: the waybill, the carrier's errands, the timers, the verdict. */
import { describe, expect, it } from '@jest/globals';
import { DeliveryState, Role } from '@ordo/contracts';
import { OpenedWaybills } from '../change/opened-waybills.js';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import type { FrozenPromise } from '../promise-answers/promise-token.js';
import { checkCommand, type DeliveryCommand, firstLife } from '../waybill-life/waybill.state.js';
import { effectsOf } from './delivery-command.js';

const NOW_MS = 1_800_000_000_000;
const ORDER = '127053183455232001';
const SECRET = 'a secret that is long enough to be one';
const address = { shard: 1, node: 1, schema: 'ordo_delivery_001' };

const record = (state: DeliveryState, over: Partial<DeliveryRecord> = {}): DeliveryRecord => ({
  ...{
    orderId: ORDER,
    deliveryId: '17',
    userId: '1',
    merchantId: '2',
    bizType: 'takeout',
    currency: 'CNY',
    version: 3,
  },
  ...{ life: { ...firstLife(NOW_MS - 1_000), state }, carrier: 'hub', tipMinor: 0, promise: null, income: null },
  ...{ isOrderEnded: false, unclaimedAtMs: null, deliveredAtMs: null, lateness: null, receipt: 0, createdAtMs: NOW_MS },
  ...over,
});

/** One waybill of attempt 1; `handedOff`: the carrier has not acknowledged it. */
const waybills = (handedOff = false): OpenedWaybills => {
  const row = {
    ...{ order_id: ORDER, attempt: 1, carrier: 'hub', credential: 'c', payload: '{}', digest: 'd', carrier_ref: 'R-1' },
    ...{ called_at: '2027-01-15 08:00:00.000', acknowledged_at: handedOff ? null : '2027-01-15 08:00:01.000' },
  };
  return new OpenedWaybills([[row], handedOff ? [{ attempt: 1 }] : [], []]);
};

const take = (of: DeliveryRecord, command: DeliveryCommand, over: object = {}, opened = waybills()) => {
  const row = checkCommand({ state: of.life.state, command, role: Role.CUSTOMER_SERVICE });
  return effectsOf(of, { row, role: Role.CUSTOMER_SERVICE, nowMs: NOW_MS, ...over }, opened, address, SECRET);
};
const keysOf = ({ timers }: ReturnType<typeof take>): string[] => timers.map(({ queue, key }) => `${queue} ${key}`);

describe('a recall', () => {
  it('makes the waybill of the next attempt, and pushes it', () => {
    const effects = take(record(DeliveryState.REJECTED), 'recall');
    expect(effects.after.life).toMatchObject({ attempt: 2, state: 'TO_CALL' });
    expect(effects.inserts.map(({ into }) => /INTO (\S+)/.exec(into)?.[1])).toEqual([
      ...['ordo_delivery_001.waybill', 'ordo_delivery_node.hand_off'],
    ]);
    expect(keysOf(effects)).toEqual([`delivery-push ${ORDER}-2-1`]);
    expect(effects.events.map(({ type }) => type)).toEqual(['delivery.to_call']);
  });

  it('calls another carrier where one is named', () => {
    const effects = take(record(DeliveryState.CANCELLED), 'recall', { carrier: 'drive' });
    expect(effects.after.carrier).toBe('drive');
    expect(effects.inserts[0]?.row).toContain("'drive'");
  });

  it('after an exception takes the old waybill back, which a courier may still have', () => {
    expect(keysOf(take(record(DeliveryState.EXCEPTION), 'recall'))).toContain(`delivery-errand ${ORDER}-1-CANCEL`);
    expect(keysOf(take(record(DeliveryState.REJECTED), 'recall'))).not.toContain(`delivery-errand ${ORDER}-1-CANCEL`);
  });
});

describe('a cancellation', () => {
  it('tells the carrier, also where he never acknowledged, who then may not pull it any more', () => {
    const effects = take(record(DeliveryState.TO_CALL), 'cancel', {}, waybills(true));
    expect(keysOf(effects)).toEqual([`delivery-errand ${ORDER}-1-CANCEL`]);
    expect(effects.updates).toEqual([expect.stringMatching(/^DELETE FROM ordo_delivery_node\.hand_off/)]);
  });
});

describe('a tip', () => {
  it('adds up, tells the carrier each total once, and tells nobody else', () => {
    const effects = take(record(DeliveryState.CALLED, { tipMinor: 200 }), 'tip', { tipMinor: 300 });
    expect([effects.after.tipMinor, effects.events, effects.after.life.state]).toEqual([500, [], 'CALLED']);
    expect(keysOf(effects)).toEqual([`delivery-errand ${ORDER}-1-TIP-500`]);
    expect(effects.updates).toEqual([]);
  });
});

describe('self-delivery', () => {
  it('has no carrier any more', () => {
    expect(take(record(DeliveryState.REJECTED), 'self-deliver').after.carrier).toBeNull();
  });

  it('that is finished owes the order its receipt, and is judged as any delivery', () => {
    const promise: FrozenPromise = {
      ...{ promisedAtMs: NOW_MS - 25 * 60_000, bizType: 'takeout', city: 'x', tierVersion: 1, tierCity: '*' },
      ...{ lane: 'l', laneVersion: 1 },
    };
    const effects = take(record(DeliveryState.SELF_DELIVERY, { carrier: null, promise }), 'finish');
    expect(effects.after).toMatchObject({ receipt: 1, deliveredAtMs: NOW_MS, lateness: { verdict: 'LATE' } });
    expect(effects.events.map(({ type }) => type)).toEqual(['delivery.delivered', 'delivery.late']);
    expect(keysOf(effects)).toEqual([`delivery-receipt ${ORDER}`]);
  });
});

describe('a delivery that nobody claimed', () => {
  it('is not unclaimed any more once somebody did something about it', () => {
    const unclaimed = record(DeliveryState.TO_CALL, { unclaimedAtMs: NOW_MS - 1 });
    expect(take(unclaimed, 'self-deliver').after.unclaimedAtMs).toBeNull();
    expect(take(unclaimed, 'tip', { tipMinor: 1 }).after.unclaimedAtMs).toBe(NOW_MS - 1);
  });
});
