/** The laws of money splits: exact to the cent, never negative, independent of floating point. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InvariantViolation } from '../errors/errors.js';
import { isMinorAmount, MAX_AMOUNT_MINOR } from './minor-amount.js';
import { cumulativeFloorShare, splitByLargestRemainder } from './split.js';

const sum = (amounts: readonly number[]): number => amounts.reduce((running, each) => running + each, 0);
const amount = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: 0, max: MAX_AMOUNT_MINOR }));
const weights = fc.array(amount, { minLength: 1, maxLength: 20 });
const splittable = fc.tuple(amount, weights).filter(([total, each]) => total === 0 || sum(each) > 0);

describe('splitByLargestRemainder', () => {
  it('splits example C of DOMAIN §3 as the source does', () => {
    const lines = [1800, 2800];
    expect(splitByLargestRemainder(900, lines)).toEqual([352, 548]);
    expect(splitByLargestRemainder(300, lines)).toEqual([117, 183]);
    expect(splitByLargestRemainder(400, lines)).toEqual([157, 243]);
  });

  it('gives a tied remainder to the earlier position', () => {
    expect(splitByLargestRemainder(1, [5, 5, 5])).toEqual([1, 0, 0]);
    expect(splitByLargestRemainder(2, [5, 5, 5])).toEqual([1, 1, 0]);
  });

  it('gives a zero weight nothing', () => {
    expect(splitByLargestRemainder(7, [0, 3, 0, 3])).toEqual([0, 4, 0, 3]);
  });

  it('stays exact where the product passes 2^53', () => {
    const shares = splitByLargestRemainder(MAX_AMOUNT_MINOR, [MAX_AMOUNT_MINOR, MAX_AMOUNT_MINOR - 1]);
    expect(shares).toEqual([500_000_000_000, 499_999_999_999]);
  });

  it('agrees with a split taken wholly in BigInt', () => {
    fc.assert(
      fc.property(splittable, ([total, each]) => {
        const all = BigInt(sum(each)) || 1n;
        const shares = splitByLargestRemainder(total, each);
        shares.forEach((share, position) => {
          const floor = (BigInt(total) * BigInt(each[position] ?? 0)) / all;
          expect([floor, floor + 1n]).toContain(BigInt(share));
        });
      }),
    );
  });

  it('adds up to the cent, is never negative, and never passes a weight that it could stay below', () => {
    fc.assert(
      fc.property(splittable, ([total, each]) => {
        const shares = splitByLargestRemainder(total, each);
        expect(sum(shares)).toBe(total);
        shares.forEach((share, position) => {
          expect(share).toBeGreaterThanOrEqual(0);
          if (total <= sum(each)) expect(share).toBeLessThanOrEqual(each[position] ?? 0);
        });
      }),
    );
  });

  it('never gives a heavier position less than a lighter one', () => {
    fc.assert(
      fc.property(splittable, ([total, each]) => {
        const shares = splitByLargestRemainder(total, each);
        for (const [left, share] of shares.entries()) {
          for (const [right, other] of shares.entries()) {
            if ((each[left] ?? 0) > (each[right] ?? 0)) expect(share).toBeGreaterThanOrEqual(other);
          }
        }
      }),
    );
  });

  it('throws an invariant violation when there is nothing to split by', () => {
    expect(() => splitByLargestRemainder(1, [0, 0])).toThrow(InvariantViolation);
    expect(() => splitByLargestRemainder(1, [])).toThrow(InvariantViolation);
    expect(() => splitByLargestRemainder(1.5, [1])).toThrow(InvariantViolation);
    expect(splitByLargestRemainder(0, [0, 0])).toEqual([0, 0]);
  });
});

describe('cumulativeFloorShare', () => {
  it('lets the first B of example C carry 274 + 91 + 121 and the second the rest', () => {
    expect([548, 183, 243].map((total) => cumulativeFloorShare(total, 2, 0))).toEqual([274, 91, 121]);
    expect([548, 183, 243].map((total) => cumulativeFloorShare(total, 2, 1))).toEqual([274, 92, 122]);
  });

  it('adds up over the units, and no two units differ by more than one', () => {
    fc.assert(
      fc.property(amount, fc.integer({ min: 1, max: 300 }), (total, units) => {
        const shares = Array.from({ length: units }, (_, index) => cumulativeFloorShare(total, units, index));
        expect(sum(shares)).toBe(total);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
        expect(shares.at(-1)).toBe(Math.max(...shares));
      }),
    );
  });

  it('refuses a unit that the line does not have', () => {
    expect(() => cumulativeFloorShare(10, 2, 2)).toThrow(InvariantViolation);
    expect(() => cumulativeFloorShare(10, 0, 0)).toThrow(InvariantViolation);
    expect(() => cumulativeFloorShare(10, 2, -1)).toThrow(InvariantViolation);
  });
});

describe('isMinorAmount', () => {
  it('takes integers from 0 to the maximum and nothing else', () => {
    expect([0, 1, MAX_AMOUNT_MINOR].every(isMinorAmount)).toBe(true);
    expect([-1, 0.5, MAX_AMOUNT_MINOR + 1, Number.NaN, Infinity, '1', null, 1n].some(isMinorAmount)).toBe(false);
  });
});
