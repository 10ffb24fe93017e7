/** Money is integer minor units (cents, fen) everywhere: a double with a fraction is not money. */
import { invariant } from '../errors/errors.js';

/**
 * The largest amount of one field or one sum: ten billion major units less one cent, far above any order. Nine thousand such
 * amounts still add up below 2^53, so sums of an order's fields are exact in a double; products are not, see `splitByLargestRemainder`.
 */
export const MAX_AMOUNT_MINOR = 999_999_999_999;

/** Whether `value` is an amount: an integer from 0 to {@link MAX_AMOUNT_MINOR}. A discount is positive too; its sign is its meaning. */
export function isMinorAmount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_AMOUNT_MINOR;
}

/** For values that were checked on entry: a broken one here is our own bug. */
export function assertMinorAmount(value: unknown, what: string): asserts value is number {
  invariant(isMinorAmount(value), `${what} is not an amount in minor units`, { what, value });
}
