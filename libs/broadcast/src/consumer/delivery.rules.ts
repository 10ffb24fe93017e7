/** What becomes of a delivery: decided by the family of the error and the number of attempts, by nothing else. */
import { ErrorFamily, OrdoError, Transient } from '@ordo/kernel';
import { RETRY_DELAYS_SECONDS, type RetryDelaySeconds } from '../topology/queue-plan.rules.js';

/** Attempts of one event on a Transient error; some 9 minutes with the waits below. The bound of the house for every retry. */
export const MAX_ATTEMPTS = 16;
/** Attempts on an error without a family. It may be a library's way to say "not now", but is more often a bug, so fewer. */
export const MAX_UNKNOWN_ATTEMPTS = 5;
/** Up to this attempt the wait is 1 s, up to the next one 10 s, then 60 s. */
const SHORT_ATTEMPTS = 3;
const MEDIUM_ATTEMPTS = 8;

/** Why a delivery failed, fit for a header and a log: no stack, no text of errors that are not ours (it may quote personal data). */
export interface FailureFacts {
  readonly family: ErrorFamily | 'unknown';
  readonly code: string;
  readonly message: string;
}

export type DeliveryDecision =
  | { readonly action: 'acknowledge'; readonly outcome: 'handled' | 'refused'; readonly failure?: FailureFacts }
  | { readonly action: 'retry'; readonly delaySeconds: RetryDelaySeconds; readonly failure: FailureFacts }
  | { readonly action: 'deadLetter'; readonly failure: FailureFacts };

export interface AttemptLimits {
  readonly maxAttempts: number;
  readonly maxUnknownAttempts: number;
}

/** The decision for a handler that returned. */
export const HANDLED: DeliveryDecision = { action: 'acknowledge', outcome: 'handled' };

/** The decision for a handler that threw `error` at its attempt number `attempt` (the first is 1). */
export function decideFailure(error: unknown, attempt: number, limits: AttemptLimits): DeliveryDecision {
  const failure = factsOf(error);
  if (failure.family === ErrorFamily.REFUSAL) return { action: 'acknowledge', outcome: 'refused', failure };
  if (failure.family === ErrorFamily.INVARIANT) return { action: 'deadLetter', failure };
  const bound = failure.family === ErrorFamily.TRANSIENT ? limits.maxAttempts : limits.maxUnknownAttempts;
  if (attempt >= bound) return { action: 'deadLetter', failure };
  const wishedMs = error instanceof Transient ? error.retryAfterMs : 0;
  return { action: 'retry', delaySeconds: delayFor(attempt, wishedMs), failure };
}

/** The decision for an event whose deliveries ended without a word `deliveryCount` times: it probably kills its consumer. */
export function decideRepeatedDelivery(deliveryCount: number): DeliveryDecision {
  const message = `given back ${deliveryCount} times without an answer; the handler may end its process or hang on it`;
  return { action: 'deadLetter', failure: { family: 'unknown', code: 'DELIVERY_LIMIT', message } };
}

/** The wait of the schedule, or the shortest one that is as long as the error wished, at most 60 s. */
export function delayFor(attempt: number, wishedMs: number): RetryDelaySeconds {
  const scheduled = attempt <= SHORT_ATTEMPTS ? 1 : attempt <= MEDIUM_ATTEMPTS ? 10 : 60;
  return RETRY_DELAYS_SECONDS.find((seconds) => seconds >= scheduled && seconds * 1_000 >= wishedMs) ?? 60;
}

function factsOf(error: unknown): FailureFacts {
  if (error instanceof OrdoError) return { family: error.family, code: error.code, message: error.message };
  if (!(error instanceof Error)) return { family: 'unknown', code: 'UNKNOWN', message: `a thrown ${typeof error}` };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return { family: 'unknown', code, message: `${error.name} without an error family; see the consumer's log` };
}
