/** The two ways to build an error of the table; the code decides the family, so neither can be built with the other's code. */
import { type ErrorDetails, Refusal, Transient } from '@ordo/kernel';
import type { RefusalCode, TransientCode } from './error-table.js';

/**
 * One broken rule: `field` is a path in the request (`items[0].quantity`), `rule` a stable word (`minimum`), `message` says what was
 * expected. Details of an INVALID_ARGUMENT, an AMOUNT_MISMATCH and their like carry them as `violations`.
 */
export interface Violation {
  readonly field: string;
  readonly rule: string;
  readonly message: string;
}

/** The business says no. Returned, not thrown: the caller writes `throw refuse(…)`, which the compiler sees as an exit. */
export function refuse(code: RefusalCode, message: string, details: ErrorDetails = {}, cause?: unknown): Refusal {
  return new Refusal(code, message, details, cause === undefined ? undefined : { cause });
}

/** Nothing final happened; the identical request may be repeated after `retryAfterMs`. */
export function transient(
  code: TransientCode,
  message: string,
  retryAfterMs: number,
  details: ErrorDetails = {},
  cause?: unknown,
): Transient {
  return new Transient(code, message, retryAfterMs, details, cause === undefined ? undefined : { cause });
}

/** A refusal that names every broken rule at once, so that a caller corrects them in one round. */
export function refuseViolations(
  violations: readonly Violation[],
  code: RefusalCode = 'INVALID_ARGUMENT',
  details: ErrorDetails = {},
): Refusal {
  const first = violations[0];
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  const message = first === undefined ? 'The request breaks a rule' : `${first.field}: ${first.message}${more}`;
  return refuse(code, message, { ...details, violations });
}
