/**
 * Exact splits of an amount: over lines by largest remainder, over the units of a line by cumulative floor (DOMAIN §3). No share
 * depends on floating point: a product that could pass 2^53 is taken in BigInt.
 */
import { invariant } from '../errors/errors.js';
import { assertMinorAmount } from './minor-amount.js';

interface Quotient {
  readonly whole: number;
  /** 0 ≤ rest < divisor. */
  readonly rest: number;
}

/** `left × right / divisor` in integers. */
function multiplyDivide(left: number, right: number, divisor: number): Quotient {
  const product = left * right;
  // A true product above 2^53 never rounds to one below it, so the comparison is safe although the product may be inexact.
  if (product <= Number.MAX_SAFE_INTEGER) {
    const rest = product % divisor;
    return { whole: (product - rest) / divisor, rest };
  }
  const exact = BigInt(left) * BigInt(right);
  const by = BigInt(divisor);
  return { whole: Number(exact / by), rest: Number(exact % by) };
}

/** What each weight's share is before the remainder is given out, and who stands first in line for a unit of it. */
export interface FloorShares {
  readonly floors: readonly number[];
  /** Units that the floors leave over; fewer than there are weights. */
  readonly left: number;
  /** Positions by falling remainder; equal remainders by position. */
  readonly ranking: readonly number[];
}

/** The first half of a largest-remainder split, for a caller that has more to respect than the remainders. */
export function floorShares(total: number, weights: readonly number[]): FloorShares {
  assertMinorAmount(total, 'total');
  for (const weight of weights) assertMinorAmount(weight, 'weight');
  const sum = weights.reduce((running, weight) => running + weight, 0);
  if (total === 0) return { floors: weights.map(() => 0), left: 0, ranking: weights.map((_, position) => position) };
  invariant(sum > 0 && Number.isSafeInteger(sum), 'an amount needs a positive weight to be split by', { total, sum });
  const quotients = weights.map((weight) => multiplyDivide(total, weight, sum));
  const floors = quotients.map((quotient) => quotient.whole);
  const left = total - floors.reduce((running, floor) => running + floor, 0);
  const rests = quotients.map((quotient, position) => ({ position, rest: quotient.rest }));
  rests.sort((a, b) => b.rest - a.rest || a.position - b.position);
  return { floors, left, ranking: rests.map((each) => each.position) };
}

/**
 * Splits `total` by `weights` so that the shares add up to it exactly: each takes its floor, and what is left goes, one unit each, to
 * the largest remainders; ties go to the earlier position. A zero weight takes nothing, and where `total` ≤ Σ weights no share is
 * larger than its weight. @throws InvariantViolation when there is something to split and no weight to split it by.
 */
export function splitByLargestRemainder(total: number, weights: readonly number[]): number[] {
  const { floors, left, ranking } = floorShares(total, weights);
  const shares = [...floors];
  for (const position of ranking.slice(0, left)) shares[position] = (shares[position] ?? 0) + 1;
  return shares;
}

/**
 * What unit `index` (from 0) of `units` carries of `total`: ⌊total·(index+1)/units⌋ − ⌊total·index/units⌋. The units add up to `total`,
 * no two differ by more than one, and the last takes what the others left. The same unit always carries the same share, so units
 * may be refunded one at a time, at any distance in time.
 */
export function cumulativeFloorShare(total: number, units: number, index: number): number {
  assertMinorAmount(total, 'total');
  invariant(Number.isSafeInteger(units) && units > 0, 'a line has at least one unit', { units });
  invariant(Number.isInteger(index) && index >= 0 && index < units, 'no such unit', { units, index });
  return multiplyDivide(total, index + 1, units).whole - multiplyDivide(total, index, units).whole;
}

/** What the units `from` (inclusive, from 0) to `to` (exclusive) carry together: the sum of their {@link cumulativeFloorShare}. */
export function cumulativeFloorRange(total: number, units: number, from: number, to: number): number {
  assertMinorAmount(total, 'total');
  invariant(Number.isSafeInteger(units) && units > 0, 'a line has at least one unit', { units });
  const isRange = Number.isInteger(from) && Number.isInteger(to) && from >= 0 && from <= to && to <= units;
  invariant(isRange, 'no such units', { units, from, to });
  return multiplyDivide(total, to, units).whole - multiplyDivide(total, from, units).whole;
}
