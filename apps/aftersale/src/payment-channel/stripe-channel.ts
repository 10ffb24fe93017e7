/**
 * Stripe as a channel. Our refund number is the metadata `refund_number` of its refunds and the root of its idempotency keys.
 *
 * Its keys are kept for a day or so, and the ledger may repeat a number for a year; so a refund is looked for among those of its payment
 * before one is created, and the key closes what is left: two creations at once. A failed refund of Stripe is final as an object, so
 * another attempt of the same number is a new object under a new key. The n-th key may be used only when all before it are dead: each has made an
 * object that failed, or has a refusal written down. So n is the failed objects that are seen plus the refusals that the ledger recorded; who
 * knows less uses a dead key, and gets the old answer. A fault is kept under its key, too, for a day: when Stripe goes on repeating one, and no
 * object of the number is there after minutes of asking, it is a refusal that is written down.
 */
import { refuse, transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { type Logger, SIGNATURE_TOLERANCE_MS } from '@ordo/platform';
import type Stripe from 'stripe';
import {
  type PartnerAnswer,
  PartnerRefusal,
  type PartnerStanding,
  refused,
  unknown,
} from '../transfer/partner-answer.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import type {
  ChannelEvent,
  ChannelPage,
  ChannelRefund,
  CreatedRange,
  PaymentChannel,
  RefundInstruction,
  RefundLookup,
} from './payment-channel.js';
import { answerOfError, causeOfError, failureOf, isReplayed, outcomeOf, type StripeRefund } from './stripe-answers.js';
import { openStripe, type StripeClientOptions, within } from './stripe-client.js';

export interface StripeChannelOptions extends Omit<StripeClientOptions, 'timeoutMs'> {
  readonly webhookSecret: string;
  /** For one request, ms; default 8,000. */
  readonly timeoutMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DEFAULT_TIMEOUT_MS = 8_000;
const NUMBER = 'refund_number';
const PAGE = 100;
const AGAIN_MS = 30_000;
/**
 * Two minutes of the ledger's waits (1, 2, 4 … 64 s) under one key, for they begin anew with each refusal: time for Stripe to bring to light what a
 * request left that broke.
 */
const UNANSWERED_BEFORE_A_FAULT_IS_FINAL = 7;
const REFUND_EVENTS: ReadonlySet<string> = new Set([
  ...['refund.created', 'refund.updated', 'refund.failed', 'charge.refund.updated'],
]);
/** The age is checked here, in both directions; the library looks at the past only. */
const ANY_AGE = 0;
const SIGNED_AT = /(?:^|,)t=([0-9]{1,12})(?:,|$)/;

export class StripeChannel implements PaymentChannel {
  readonly name = 'stripe';
  private readonly stripe: Stripe;
  private readonly timeoutMs: number;

  constructor(private readonly options: StripeChannelOptions) {
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.stripe = openStripe({ ...options, timeoutMs: this.timeoutMs });
  }

  async refund(instruction: RefundInstruction): Promise<PartnerAnswer> {
    try {
      const before = await this.ownRefunds(instruction);
      return answerOfKnown(before, instruction) ?? (await this.create(instruction, before.length));
    } catch (error) {
      return this.told('refund', answerOfError(error));
    }
  }

  async query(lookup: RefundLookup): Promise<PartnerStanding> {
    try {
      return standingOf(await this.ownRefunds(lookup));
    } catch (error) {
      return this.told('query', unknown(causeOfError(error)));
    }
  }

  verifyCallback({ body, headers }: RawCallback): ChannelEvent | undefined {
    const header = headers['stripe-signature'];
    const event = this.verified(body, typeof header === 'string' ? header : '');
    const signedAt = Number(SIGNED_AT.exec(String(header))?.[1]);
    if (!(Math.abs(this.options.clock.nowMs() - signedAt * 1_000) <= SIGNATURE_TOLERANCE_MS)) {
      throw refuse('SIGNATURE_EXPIRED', 'the event was signed more than five minutes from now', { eventId: event.id });
    }
    if (!REFUND_EVENTS.has(event.type)) return undefined;
    return channelEventOf(event, event.data.object as StripeRefund, signedAt);
  }

  async list({ fromMs, toMs }: CreatedRange, after?: string): Promise<ChannelPage> {
    const created = { gte: Math.ceil(fromMs / 1_000), lt: Math.ceil(toMs / 1_000) };
    const start = after === undefined ? {} : { starting_after: after };
    try {
      const page = await within(this.stripe.refunds.list({ created, limit: PAGE, ...start }), this.timeoutMs);
      const last = page.data.at(-1);
      return { refunds: page.data.map(channelRefundOf), ...(page.has_more && last ? { next: last.id } : {}) };
    } catch (error) {
      const details = { channel: this.name, cause: causeOfError(error) };
      throw transient('CHANNEL_UNAVAILABLE', 'Stripe gave no list of refunds', AGAIN_MS, details);
    }
  }

  /** After an answer that would end the key it looks once more: it may be the echo of our own refund that has just arrived. */
  private async create(instruction: RefundInstruction, failedObjects: number): Promise<PartnerAnswer> {
    const { refundNumber, paymentId, amount } = instruction;
    const deadKeys = failedObjects + instruction.recordedRefusals;
    const idempotencyKey = deadKeys === 0 ? refundNumber : `${refundNumber}.${deadKeys}`;
    const asked = { ...paymentOf(paymentId), amount, metadata: { [NUMBER]: refundNumber } };
    try {
      const refund = await within(this.stripe.refunds.create(asked, { idempotencyKey }), this.timeoutMs);
      return answerOfRefund(refund);
    } catch (error) {
      const answer = answerOfError(error);
      const isFinal = answer.kind === 'refused' && answer.isFinal;
      const isKept = answer.kind === 'unknown' && isReplayed(error);
      const isDead = isKept && instruction.unanswered >= UNANSWERED_BEFORE_A_FAULT_IS_FINAL;
      if (!isFinal && !isDead) return this.told('create', answer);
      const own = await this.ownRefunds(instruction);
      const known = answerOfKnown(own, instruction);
      if (known !== undefined) return known;
      // An object that came and failed meanwhile is the key's answer, and is counted as an object.
      return this.told('create', isDead && own.length === failedObjects ? KEPT_FAULT : answer);
    }
  }

  /** Every refund of our number, oldest first. Lists of Stripe are current, its search is not. */
  private async ownRefunds({ refundNumber, paymentId }: RefundLookup): Promise<StripeRefund[]> {
    const own: StripeRefund[] = [];
    for (let after: string | undefined; ; ) {
      const start = after === undefined ? {} : { starting_after: after };
      const asked = { ...paymentOf(paymentId), limit: PAGE, ...start };
      const page = await within(this.stripe.refunds.list(asked), this.timeoutMs);
      own.push(...page.data.filter(({ metadata }) => metadata?.[NUMBER] === refundNumber));
      after = page.data.at(-1)?.id;
      if (!page.has_more || after === undefined) return own.reverse();
    }
  }

  /** The library's own check. It throws for a wrong signature and for a body that is no JSON. */
  private verified(body: Buffer, header: string): Stripe.Event {
    try {
      return this.stripe.webhooks.constructEvent(body, header, this.options.webhookSecret, ANY_AGE);
    } catch {
      const message = 'does not fit the message';
      const violations = [{ field: 'stripe-signature', rule: 'signature', message }];
      throw refuse('SIGNATURE_INVALID', `stripe-signature ${message}`, { violations });
    }
  }

  private told<A extends PartnerAnswer | PartnerStanding>(call: string, answer: A): A {
    this.options.logger.warn('Stripe gave no usable answer', { call, answer });
    return answer;
  }
}

/** Never final: the next request is under the next key. */
const KEPT_FAULT: PartnerAnswer = { ...refused(PartnerRefusal.OTHER), isRecorded: true };

const paymentOf = (paymentId: string): { charge: string } | { payment_intent: string } =>
  paymentId.startsWith('pi_') ? { payment_intent: paymentId } : { charge: paymentId };

const answerOfRefund = (refund: StripeRefund): PartnerAnswer => {
  const outcome = outcomeOf(refund);
  if (outcome === 'failed') return { kind: 'refused', reason: failureOf(refund), isFinal: false };
  return { kind: outcome === 'succeeded' ? 'succeeded' : 'accepted', reference: refund.id };
};

/** The answer that is there already; undefined when every earlier object of the number has failed, or there is none. */
function answerOfKnown(own: readonly StripeRefund[], { amount }: RefundInstruction): PartnerAnswer | undefined {
  if (own.some((refund) => refund.amount !== amount)) return refused(PartnerRefusal.NUMBER_REUSED);
  const live = own.find((refund) => outcomeOf(refund) !== 'failed');
  return live === undefined ? undefined : answerOfRefund(live);
}

function standingOf(own: readonly StripeRefund[]): PartnerStanding {
  const live =
    own.find((refund) => outcomeOf(refund) === 'succeeded') ?? own.find((each) => outcomeOf(each) === 'pending');
  if (live !== undefined)
    return { kind: outcomeOf(live) === 'succeeded' ? 'succeeded' : 'pending', reference: live.id };
  const last = own.at(-1);
  return last === undefined ? { kind: 'not-found' } : { kind: 'failed', reason: failureOf(last) };
}

/** undefined: a refund that somebody made by hand; the reconciliation finds it. */
function channelEventOf(event: Stripe.Event, refund: StripeRefund, signedAt: number): ChannelEvent | undefined {
  const refundNumber = refund.metadata?.[NUMBER];
  if (refundNumber === undefined) return undefined;
  const outcome = outcomeOf(refund);
  return {
    ...{ refundNumber, outcome, reference: refund.id, amount: refund.amount },
    reason: outcome === 'failed' ? failureOf(refund) : null,
    currency: refund.currency.toUpperCase(),
    occurredAtMs: event.created * 1_000,
    // Stripe repeats an event under the same id and signs it anew; the same id with the same time is a copy of somebody else's making.
    replayKey: `${event.id}.${signedAt}`,
  };
}

function channelRefundOf(refund: StripeRefund): ChannelRefund {
  const payment = refund.payment_intent ?? refund.charge;
  return {
    refundNumber: refund.metadata?.[NUMBER] ?? null,
    reference: refund.id,
    paymentId: typeof payment === 'string' ? payment : (payment?.id ?? ''),
    amount: refund.amount,
    currency: refund.currency.toUpperCase(),
    outcome: outcomeOf(refund),
    createdAtMs: refund.created * 1_000,
  };
}
