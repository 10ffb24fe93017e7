/** A story that went as promised has no problems, and each way in which it may go wrong is named. */
import { describe, expect, it } from '@jest/globals';
import type { DeliveryDocument, DeliveryTimelineEntry } from '@ordo/contracts';
import { type Aftermath, type DeliveryStory, deliveryStories, storyProblems } from './delivery-stories.js';

const delivery = (over: Partial<DeliveryDocument> = {}): DeliveryDocument => ({
  ...{ deliveryId: '17', orderId: '4', userId: '1', merchantId: '2', bizType: 'takeout', version: 3 },
  ...{ state: 'DELIVERED', subState: null, since: '2026-11-20T12:00:00.000Z', attempt: 1, waybillId: '4-1' },
  ...{ carrier: 'hub', courierId: 'c-7', currency: 'CNY', tip: 0, promisedAt: null, deliveredAt: null },
  ...{ lateness: { verdict: 'PUNCTUAL', minutesLate: 0, exclusion: null }, isUnclaimed: false, expectedIncome: null },
  ...over,
});
const entries = (...types: readonly string[]): DeliveryTimelineEntry[] =>
  types.map((type, at) => ({
    ...{ version: at + 1, type, state: 'CALLED', subState: null, attempt: 1, carrier: 'hub', courierId: null },
    ...{ role: null, occurredAt: '2026-11-20T12:00:00.000Z' },
  }));
const [inTime] = deliveryStories as readonly [DeliveryStory];
const after = (orderStatus: string, ...amounts: readonly number[]): Aftermath => ({
  orderStatus,
  compensations: amounts.map((amount) => ({ amount, status: 'PAID' })),
});
const told = entries(...inTime.expect.events);

describe('a story', () => {
  it('that went as promised has no problem', () => {
    expect(storyProblems(inTime, delivery(), told, after('RECEIVED'))).toEqual([]);
  });

  it.each([
    ['another attempt', delivery({ attempt: 2 }), told, 'RECEIVED', /attempt 2, not 1/],
    ['no verdict', delivery({ lateness: null }), told, 'RECEIVED', /not judged/],
    ['an order that waits', delivery(), told, 'ACCEPTED', /ACCEPTED, not RECEIVED/],
    ['a repeat', delivery(), [...told, ...told.slice(-1)], 'RECEIVED', /delivered is not told exactly once/],
    ['an event too few', delivery(), told.slice(1), 'RECEIVED', /to_call is not told exactly once/],
    ['another order', delivery(), [...told].reverse(), 'RECEIVED', /in another order/],
  ])('names %s', (_, document, timeline, status, problem) => {
    expect(storyProblems(inTime, document, timeline, after(status)).join()).toMatch(problem);
  });
});

describe('a story of lateness', () => {
  const [late] = deliveryStories.slice(-1) as [DeliveryStory];
  const problemsWith = (...amounts: readonly number[]): string =>
    storyProblems(
      late,
      delivery({ lateness: { verdict: 'LATE', minutesLate: 13, exclusion: null } }),
      entries(...late.expect.events),
      after('RECEIVED', ...amounts),
    ).join();

  it('ends with one compensation of the right amount', () => {
    expect(problemsWith(400)).toBe('');
    expect(problemsWith()).toMatch(/with nothing, not 400 PAID/);
    expect(problemsWith(400, 400)).toMatch(/with 400 PAID, 400 PAID/);
  });
});

describe('the stories', () => {
  it('show a delivery in time, a second call, and a broken promise', () => {
    expect(deliveryStories.map(({ recalls, expect: due }) => [recalls, due.attempt, due.lateness])).toEqual([
      [false, 1, 'PUNCTUAL'],
      [true, 2, 'PUNCTUAL'],
      [false, 1, 'LATE'],
    ]);
  });
});
