/** Trust in what the database answered: how long it lasts, by which clock, and what counts as a change. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { Holdings } from './holdings.js';
import type { LeaseRow } from './lease-statements.js';

const row = (slot: number, epoch = 1, leftMs = 10_000): LeaseRow => ({ slot, owner: 'me', epoch, leftMs, memo: null });

describe('what a process believes to own', () => {
  let clock: ManualClock;
  let holdings: Holdings;

  beforeEach(() => {
    clock = new ManualClock(1_750_000_000_000);
    holdings = new Holdings({ clock, ttlMs: 10_000, trustMarginMs: 1_500 });
  });

  it('is trusted until 8.5 s after the request began, and not a millisecond longer', () => {
    holdings.adopt([row(3)], clock.monotonicMs());
    clock.advance(8_499);
    expect(holdings.trusted()).toEqual([{ partition: 3, epoch: 1 }]);
    expect(holdings.epochOf(3)).toBe(1);
    clock.advance(1);
    expect(holdings.trusted()).toEqual([]);
    expect(holdings.epochOf(3)).toBeUndefined();
  });

  it('counts from the start of the request, however late its answer came', () => {
    const askedAtMs = clock.monotonicMs();
    clock.advance(8_000);
    holdings.adopt([row(3)], askedAtMs);
    expect(holdings.trusted()).toHaveLength(1);
    clock.advance(500);
    expect(holdings.trusted()).toEqual([]);
  });

  it('is trusted for less when the database says that less is left', () => {
    holdings.adopt([row(3, 1, 4_000)], clock.monotonicMs());
    clock.advance(2_499);
    expect(holdings.epochOf(3)).toBe(1);
    clock.advance(1);
    expect(holdings.epochOf(3)).toBeUndefined();
  });

  it('does not depend on the wall clock, which may be stepped by hours', () => {
    holdings.adopt([row(3)], clock.monotonicMs());
    clock.stepWall(5 * 3_600_000);
    expect(holdings.trusted()).toHaveLength(1);
    clock.stepWall(-10 * 3_600_000);
    clock.advance(8_500);
    expect(holdings.trusted()).toEqual([]);
  });

  it('changes by what came, what went and what came back under another epoch', () => {
    expect(holdings.adopt([row(1), row(2)], 0)).toEqual({
      gained: [
        { partition: 1, epoch: 1 },
        { partition: 2, epoch: 1 },
      ],
      lost: [],
    });
    expect(holdings.adopt([row(1), row(2, 3)], 0)).toEqual({
      gained: [{ partition: 2, epoch: 3 }],
      lost: [{ partition: 2, epoch: 1 }],
    });
    expect(holdings.drop([1, 9])).toEqual([{ partition: 1, epoch: 1 }]);
    expect(holdings.trusted()).toEqual([{ partition: 2, epoch: 3 }]);
  });
});
