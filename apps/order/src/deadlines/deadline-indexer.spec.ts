/** The indexer gathers, gives up what is too much, and never lets the write path feel the index. Without a server and without a clock. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { OrderStatus, Role } from '@ordo/contracts';
import { anIdOfShard } from '@ordo/testing';
import { type SlotEntry, WheelUnavailable } from '@ordo/timers';
import type { OrderBase } from '../record/order-record.js';
import { DeadlineIndexer } from './deadline-indexer.js';

const HOUR_MS = 3_600_000;

const anOrder = (orderId: string, shard: number, deadlineAt: number | null): OrderBase => ({
  ...{ orderId, userId: anIdOfShard(shard), merchantId: '1', bizType: 'takeout', status: OrderStatus.CREATED },
  ...{ version: 1, tags: 0, currency: 'CNY', payAmount: 1, goodsAmount: 1, packingAmount: 0, deliveryAmount: 0 },
  ...{ discountAmount: 0, businessDate: null, daySerial: null, deadlineAt, createdAt: 0, paidAt: null },
  ...{ acceptedAt: null, receivedAt: null, completedAt: null, invalidatedAt: null, reasonCode: null, role: Role.USER },
  paymentId: null,
});

let calls: { readonly partition: number; readonly entries: readonly SlotEntry[] }[];
let answer: () => Promise<{ passed: readonly SlotEntry[]; cursor: number }>;
let failed: number[];
let dropped: number[];
let indexer: DeadlineIndexer;
let nowMs: number;

beforeEach(() => {
  jest.useFakeTimers();
  nowMs = Date.now();
  [calls, failed, dropped] = [[], [], []];
  answer = () => Promise.resolve({ passed: [], cursor: 0 });
  indexer = new DeadlineIndexer(
    {
      add: (partition, entries) => {
        calls.push({ partition, entries });
        return answer();
      },
    },
    { onFailed: (orders) => void failed.push(orders), onDropped: (orders) => void dropped.push(orders) },
  );
});

afterEach(() => {
  jest.useRealTimers();
});

describe('the indexer of deadlines', () => {
  it('sends what gathers within 200 ms as one call for each shard', async () => {
    for (const [orderId, shard] of [
      ['11', 3],
      ['12', 119],
      ['13', 3],
    ] as const)
      indexer.note(anOrder(orderId, shard, nowMs + 60_001));
    await jest.advanceTimersByTimeAsync(199);
    expect(calls).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    const slot = Math.ceil((nowMs + 60_001) / 1_000);
    expect(calls).toEqual([
      {
        partition: 3,
        entries: [
          { id: '11', slot, partition: 3 },
          { id: '13', slot, partition: 3 },
        ],
      },
      { partition: 119, entries: [{ id: '12', slot, partition: 119 }] },
    ]);
  });

  it('leaves alone what has no deadline and what lies beyond the horizon', async () => {
    indexer.note(anOrder('11', 3, null));
    indexer.note(anOrder('12', 3, nowMs + 3 * HOUR_MS));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(calls).toEqual([]);
  });

  it('puts behind the cursor what its slot has passed', async () => {
    indexer.note(anOrder('11', 3, nowMs - 5_000));
    const late = [{ id: '11', slot: 1 }];
    const answers = [
      { passed: late, cursor: 50 },
      { passed: [], cursor: 50 },
    ];
    answer = () => Promise.resolve(answers.shift() ?? { passed: [], cursor: 0 });
    await jest.advanceTimersByTimeAsync(200);
    expect(calls.map(({ entries }) => entries[0]?.slot)).toEqual([Math.ceil((nowMs - 5_000) / 1_000), 51]);
  });

  it('counts what an index that is away did not take, and goes on', async () => {
    answer = () => Promise.reject(new WheelUnavailable({}, undefined));
    indexer.note(anOrder('11', 3, nowMs + 1));
    indexer.note(anOrder('12', 4, nowMs + 1));
    await jest.advanceTimersByTimeAsync(200);
    expect(failed).toEqual([2]);
    answer = () => Promise.resolve({ passed: [], cursor: 0 });
    indexer.note(anOrder('13', 3, nowMs + 1));
    await jest.advanceTimersByTimeAsync(200);
    expect(calls).toHaveLength(3);
  });

  it('holds 20,000 while a call hangs, and lets go what is more', async () => {
    let release = (): void => undefined;
    answer = () =>
      new Promise((resolve) => {
        release = () => resolve({ passed: [], cursor: 0 });
      });
    indexer.note(anOrder('1', 3, nowMs + 1));
    await jest.advanceTimersByTimeAsync(200);
    for (let at = 0; at < 20_007; at += 1) indexer.note(anOrder(String(100 + at), 3, nowMs + 1));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(calls).toHaveLength(1);
    release();
    await jest.advanceTimersByTimeAsync(200);
    expect(calls[1]?.entries).toHaveLength(20_000);
    expect(dropped).toEqual([7]);
  });

  it('sends what is left when the process stops', async () => {
    indexer.note(anOrder('11', 3, nowMs + 1));
    await indexer.flush();
    expect(calls).toHaveLength(1);
  });
});
