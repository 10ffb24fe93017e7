/**
 * The three error families of the house. A caller decides what to do by family alone:
 * a Refusal is final, a Transient may be tried again, an InvariantViolation is a bug of ours.
 * `code` is a stable key of the table in `@ordo/contracts`; `details` carry ids and rules, never personal data.
 */
export type ErrorDetails = Readonly<Record<string, unknown>>;

export const ErrorFamily = {
  REFUSAL: 'refusal',
  TRANSIENT: 'transient',
  INVARIANT: 'invariant',
} as const;
export type ErrorFamily = (typeof ErrorFamily)[keyof typeof ErrorFamily];

export abstract class OrdoError extends Error {
  abstract readonly family: ErrorFamily;

  constructor(
    readonly code: string,
    message: string,
    readonly details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** The business said no: nothing was written, the same call will be refused again. */
export class Refusal extends OrdoError {
  readonly family = ErrorFamily.REFUSAL;
}

/** Nothing final happened: the same call may be repeated after `retryAfterMs`. */
export class Transient extends OrdoError {
  readonly family = ErrorFamily.TRANSIENT;

  constructor(
    code: string,
    message: string,
    readonly retryAfterMs: number,
    details: ErrorDetails = {},
    options?: { cause?: unknown },
  ) {
    super(code, message, details, options);
  }
}

/** Our own bug: logged with its facts, dead-lettered, paged; never shown in detail to a caller. */
export class InvariantViolation extends OrdoError {
  readonly family = ErrorFamily.INVARIANT;

  constructor(message: string, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    super('INTERNAL', message, details, options);
  }
}

/** Throws an {@link InvariantViolation} with its facts unless `condition` holds. */
export function invariant(condition: unknown, message: string, facts: ErrorDetails = {}): asserts condition {
  if (!condition) throw new InvariantViolation(message, facts);
}
