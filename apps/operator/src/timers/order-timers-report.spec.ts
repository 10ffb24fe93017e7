/** "Why did this order cancel, and when exactly": what is said with everything there, and with servers away. */
import { describe, expect, it } from '@jest/globals';
import { InvalidReason, orderStatusCode, Role } from '@ordo/contracts';
import { IndexPlace, QueueState, TimerState } from '@ordo/timers';
import type { DeadlineRows, OrderNow, OrderStep } from './order-deadline.repository.js';
import type { OrderTimers } from './order-timers.js';
import { orderTimersReport } from './order-timers-report.js';

const PLACED_MS = Date.parse('2026-11-03T12:00:00.000Z');
const DUE_MS = PLACED_MS + 900_000;
const noStamps = {
  ...{ created_at: PLACED_MS, paid_at: null, accepted_at: null, received_at: null, completed_at: null },
  invalidated_at: null,
};

const created: OrderStep = {
  ...{ version: 1, type: 'order.created', status: 'CREATED', role: Role.USER, reasonCode: null, atMs: PLACED_MS },
  dueMs: null,
};
const expired: OrderStep = {
  ...{ version: 2, type: 'order.invalidated', status: 'INVALID', role: Role.SYSTEM, atMs: DUE_MS + 412 },
  ...{ reasonCode: InvalidReason.PAY_TIMEOUT, dueMs: DUE_MS },
};
const cancelled: OrderNow = {
  ...{ bizType: 1, status: orderStatusCode.INVALID, version: 2, role: Role.SYSTEM, deadlineMs: null },
  ...{ reasonCode: InvalidReason.PAY_TIMEOUT, stampsMs: { ...noStamps, invalidated_at: DUE_MS + 412 } },
  nowMs: DUE_MS + 60_000,
};
const waitingForPayment: OrderNow = {
  ...{ bizType: 1, status: orderStatusCode.CREATED, version: 1, role: Role.USER, reasonCode: null },
  ...{ deadlineMs: DUE_MS, stampsMs: noStamps, nowMs: DUE_MS - 432_000 },
};

const rows = (order: OrderNow, steps: readonly OrderStep[], facts: Partial<DeadlineRows> = {}): DeadlineRows => ({
  ...{ order: { row: order }, projection: { row: order }, timeline: { steps }, waiting: { steps: [] } },
  ...{ timers: [{ timers: [] }, { timers: [] }] },
  ...facts,
});
const report = (read: DeadlineRows, facts: Partial<OrderTimers> = {}): string[] =>
  orderTimersReport({
    ...{ orderId: '77', userShard: 5, merchantShard: 9, userNode: 'node-1', merchantNode: 'node-0', rows: read },
    place: { place: IndexPlace.SLOT },
    firing: {
      owner: { owner: 'a~1', epoch: 7 },
      position: {
        ...{ queue: 'order-deadline', group: 'timers.order-deadline', state: QueueState.OPEN, reason: null },
        ...{ changedBy: null, changedMs: PLACED_MS },
      },
    },
    ...facts,
  });
const problem = 'node-0 cannot be used now: down';

describe('an order that a deadline has ended', () => {
  it('is answered in one line: who, why, when, when it was due, and how late', () => {
    expect(report(rows(cancelled, [created, expired]))).toEqual([
      'order 77: user shard 5 on node-1, merchant shard 9 on node-0',
      'INVALID since 2026-11-03T12:15:00.412Z, version 2, by SYSTEM, PAY_TIMEOUT (20): its deadline of 2026-11-03T12:15:00.000Z, 412 ms late',
      '',
      'what happened:',
      '    1  2026-11-03T12:00:00.000Z  order.created → CREATED, by USER',
      '    2  2026-11-03T12:15:00.412Z  order.invalidated → INVALID, by SYSTEM, PAY_TIMEOUT (20): its deadline of 2026-11-03T12:15:00.000Z, 412 ms late',
      '',
      'deadline: none, INVALID waits for nobody',
      'other timers that name it: none',
    ]);
  });

  it('keeps its answer when something came after it that changed no state', () => {
    const late = {
      ...expired,
      version: 3,
      type: 'order.late_payment',
      reasonCode: null,
      dueMs: null,
      atMs: DUE_MS + 9_000,
    };
    const lines = report(rows({ ...cancelled, version: 3 }, [created, expired, late]));
    expect(lines[1]).toMatch(/^INVALID since 2026-11-03T12:15:00\.412Z, version 2, by SYSTEM, PAY_TIMEOUT/);
  });

  it('is answered from the outbox before it is projected', () => {
    const lines = report(rows(cancelled, [created], { waiting: { steps: [expired] } }));
    expect(lines[1]).toContain('its deadline of 2026-11-03T12:15:00.000Z, 412 ms late');
    expect(lines[5]).toMatch(/412 ms late \(not projected yet\)$/);
  });

  it('is answered from the row itself while the merchant’s node is away', () => {
    const lines = report(
      rows(cancelled, [], { timeline: { problem }, projection: { problem }, waiting: { steps: [] } }),
    );
    expect(lines).toContain('INVALID, version 2, by SYSTEM, PAY_TIMEOUT (20)');
    expect(lines).toContain(`what happened (the timeline is not complete: ${problem}):`);
    expect(lines).toContain('       2026-11-03T12:15:00.412Z  invalidated_at');
    expect(lines).toContain(`the projection is away (${problem})`);
  });
});

describe('an order that waits', () => {
  it('is told what will become of it, when, in how long, where the index has it, and who fires it', () => {
    expect(report(rows(waitingForPayment, [created])).slice(-4)).toEqual([
      'deadline: 2026-11-03T12:15:00.000Z, in 7 min 12 s: it becomes INVALID (PAY_TIMEOUT (20)) unless something happens before',
      '  index: in its slot',
      '  fired by: a~1 (epoch 7); the queue is open',
      'other timers that name it: none',
    ]);
  });

  it('is told that it is due and what stands in the way', () => {
    const overdue = { ...waitingForPayment, nowMs: DUE_MS + 95_000 };
    const position = {
      ...{ queue: 'order-deadline', group: 'g', state: QueueState.PAUSED, reason: 'mending', changedBy: 'li@desk' },
      changedMs: DUE_MS,
    };
    const lines = report(rows(overdue, [created]), {
      firing: { owner: undefined, position },
      place: { problem: 'the timer index does not answer' },
    });
    expect(lines.at(-4)).toContain('DUE for 1 min 35 s');
    expect(lines.at(-3)).toBe('  index: Redis away (the timer index does not answer); it fires from MySQL');
    expect(lines.at(-2)).toMatch(/^ {2}fired by: NOBODY owns its shard now; the queue is PAUSED for 1 min 35 s/);
  });

  it('is shown by its projection while the authority is away', () => {
    const lines = report(rows(waitingForPayment, [created], { order: { problem } }));
    expect(lines[2]).toBe(`the authority is away (${problem}): the state above is the projection's`);
  });
});

describe('an order', () => {
  it('is shown with the timers of other queues that name it', () => {
    const timer = {
      ...{ node: 'node-1', queue: 'refund-answer', key: '77-1', dueMs: DUE_MS, state: TimerState.FAILED, attempts: 10 },
      ...{ endedMs: DUE_MS + 1_000, failure: 'Error: gone' },
    };
    const lines = report(rows(cancelled, [created, expired], { timers: [{ problem }, { timers: [timer] }] }));
    expect(lines.slice(-3)).toEqual([
      'other timers that name it:',
      '  refund-answer 77-1 on node-1: GIVEN UP at 2026-11-03T12:15:01.000Z, due 2026-11-03T12:15:00.000Z, 10 failed attempts, the last: Error: gone',
      `  not asked: ${problem}`,
    ]);
  });

  it('that is in neither dimension is refused', () => {
    const nowhere = rows(cancelled, [], { order: { row: undefined }, projection: { row: undefined } });
    expect(() => report(nowhere)).toThrow(/in neither dimension/);
  });
});
