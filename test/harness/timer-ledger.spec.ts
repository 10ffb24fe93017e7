/** A ledger that counts wrong makes every fault spec of the timers pass. */
import { describe, expect, it } from '@jest/globals';
import { accountLine, accountOf, EACH_ONCE, latenessOf, quantile } from './timer-ledger.js';

const due = new Map([
  ['a', 1_000],
  ['b', 2_000],
  ['c', 3_000],
]);

describe('the ledger of timers', () => {
  it('counts each of set, fired, early, missing, double and unknown', () => {
    const effects = [
      { key: 'a', atMs: 1_000 },
      { key: 'a', atMs: 1_500 },
      { key: 'b', atMs: 1_999 },
      { key: 'x', atMs: 9_000 },
    ];
    expect(accountOf(due, effects)).toEqual({ set: 3, fired: 2, early: 1, missing: 1, double: 1, unknown: 1 });
  });

  it('finds nothing wrong where each has fired once, at its time or later', () => {
    const effects = [...due].map(([key, dueMs]) => ({ key, atMs: dueMs }));
    expect(accountOf(due, effects)).toMatchObject(EACH_ONCE);
    expect(accountLine(accountOf(due, effects))).toBe('set 3 fired 3 early 0 missing 0 double 0');
  });

  it('measures lateness from the due time that was asked for', () => {
    const late = latenessOf(due, [
      { key: 'b', atMs: 2_700 },
      { key: 'a', atMs: 1_010 },
    ]);
    expect(late).toEqual([10, 700]);
    expect([quantile(late, 0), quantile(late, 0.5), quantile(late, 1)]).toEqual([10, 700, 700]);
  });
});
