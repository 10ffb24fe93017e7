/** @ordo/kernel: ids, money, clock, error families, assertions. Knows nobody. */

export { type Clock, ManualClock, systemClock } from './clock/clock.js';
export {
  type ErrorDetails,
  ErrorFamily,
  InvariantViolation,
  invariant,
  OrdoError,
  Refusal,
  Transient,
} from './errors/errors.js';
export { idModulo, isDecimalId, MAX_ID } from './ids/decimal-id.js';
export { assertMinorAmount, isMinorAmount, MAX_AMOUNT_MINOR } from './money/minor-amount.js';
export {
  cumulativeFloorRange,
  cumulativeFloorShare,
  type FloorShares,
  floorShares,
  splitByLargestRemainder,
} from './money/split.js';
