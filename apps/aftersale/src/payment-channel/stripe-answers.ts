/** What Stripe's objects and errors mean to the ledger. By type and code, never by message. */
import Stripe from 'stripe';
import { type PartnerAnswer, PartnerRefusal, refused, UnknownCause, unknown } from '../transfer/partner-answer.js';
import { TooLate } from './stripe-client.js';

export type StripeRefund = Stripe.Refund;

/** Stripe's states (docs.stripe.com/api/refunds/object): pending, requires_action, succeeded, failed, canceled. */
export function outcomeOf({ status }: Pick<StripeRefund, 'status'>): 'succeeded' | 'failed' | 'pending' {
  if (status === 'succeeded') return 'succeeded';
  return status === 'failed' || status === 'canceled' ? 'failed' : 'pending';
}

const failureReasons: Readonly<Record<string, PartnerRefusal>> = {
  insufficient_funds: PartnerRefusal.INSUFFICIENT_FUNDS,
  lost_or_stolen_card: PartnerRefusal.RECEIVER_CLOSED,
  expired_or_canceled_card: PartnerRefusal.RECEIVER_CLOSED,
  charge_for_pending_refund_disputed: PartnerRefusal.PAYMENT_DISPUTED,
};

export const failureOf = ({ failure_reason: reason }: Pick<StripeRefund, 'failure_reason'>): PartnerRefusal =>
  failureReasons[reason ?? ''] ?? PartnerRefusal.OTHER;

/**
 * Refusals that come from the execution of a request: Stripe keeps them under the idempotency key and gives them again
 * (https://docs.stripe.com/api/idempotent_requests), so the key is dead and the next attempt takes a new one.
 */
const recordedCodes: Readonly<Record<string, PartnerRefusal>> = {
  charge_already_refunded: PartnerRefusal.AMOUNT_EXCEEDS,
  charge_disputed: PartnerRefusal.PAYMENT_DISPUTED,
  charge_expired_for_refund: PartnerRefusal.PAYMENT_TOO_OLD,
  refund_limit_reached: PartnerRefusal.LIMIT_REACHED,
  balance_insufficient: PartnerRefusal.INSUFFICIENT_FUNDS,
  insufficient_funds: PartnerRefusal.INSUFFICIENT_FUNDS,
};

/** https://docs.stripe.com/error-codes. A code that is nowhere here is OTHER, which is never final. */
const refusalCodes: Readonly<Record<string, PartnerRefusal>> = {
  currency_mismatch: PartnerRefusal.CURRENCY_MISMATCH,
  resource_missing: PartnerRefusal.PAYMENT_UNKNOWN,
  idempotency_key_in_use: PartnerRefusal.BUSY,
  lock_timeout: PartnerRefusal.BUSY,
  parameter_missing: PartnerRefusal.MALFORMED,
  parameter_invalid_integer: PartnerRefusal.MALFORMED,
};

/** The meaning of what the client threw. A fault of ours is thrown on: it is no answer of a channel. */
export function answerOfError(error: unknown): PartnerAnswer {
  if (error instanceof TooLate) return unknown(UnknownCause.TIMEOUT);
  if (!(error instanceof Stripe.errors.StripeError)) throw error;
  if (error instanceof Stripe.errors.StripeConnectionError) return unknown(connectionCauseOf(error));
  if (error instanceof Stripe.errors.StripeRateLimitError)
    return refused(PartnerRefusal.RATE_LIMITED, retryAfterOf(error));
  if (error instanceof Stripe.errors.StripeIdempotencyError) return refused(PartnerRefusal.NUMBER_REUSED);
  const denied = [Stripe.errors.StripeAuthenticationError, Stripe.errors.StripePermissionError];
  if (denied.some((kind) => error instanceof kind)) return refused(PartnerRefusal.DENIED);
  const recorded = recordedCodes[error.code ?? ''];
  if (recorded !== undefined) return { ...refused(recorded), isRecorded: true };
  const known = refusalCodes[error.code ?? ''];
  if (known !== undefined) return refused(known);
  const isTheirs =
    error instanceof Stripe.errors.StripeInvalidRequestError || error instanceof Stripe.errors.StripeCardError;
  return isTheirs ? refused(PartnerRefusal.OTHER) : unknown(UnknownCause.PARTNER_FAULT);
}

/** Whether Stripe gave an answer that it had kept under the idempotency key, a 500 as well (https://docs.stripe.com/api/idempotent_requests). */
export const isReplayed = (error: unknown): boolean =>
  error instanceof Stripe.errors.StripeError && error.headers?.['idempotent-replayed'] === 'true';

/** What is known when a question failed: nothing, whatever the reason. */
export function causeOfError(error: unknown): UnknownCause {
  const answer = answerOfError(error);
  return answer.kind === 'unknown' ? answer.cause : UnknownCause.PARTNER_FAULT;
}

function connectionCauseOf(error: Stripe.errors.StripeConnectionError): UnknownCause {
  const { detail } = error as { detail?: unknown };
  const code = typeof detail === 'object' && detail !== null ? (detail as { code?: unknown }).code : undefined;
  return code === 'ETIMEDOUT' ? UnknownCause.TIMEOUT : UnknownCause.CONNECTION;
}

function retryAfterOf({ headers }: Stripe.errors.StripeError): number | undefined {
  const seconds = Number(headers?.['retry-after']);
  return Number.isInteger(seconds) && seconds > 0 ? seconds * 1_000 : undefined;
}
