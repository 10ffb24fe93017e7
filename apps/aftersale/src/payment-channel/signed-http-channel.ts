/**
 * The generic channel: refunds by our number over signed HTTP, as docs/api/payment-channel.openapi.yaml asks of whoever stands behind it. A bank,
 * a wallet or a gateway is joined by a small program that speaks this contract, and the platform learns nothing new.
 */
import { refuse, transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { isMinorAmount } from '@ordo/kernel';
import { verifyMessage } from '@ordo/platform';
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import { answerOf, reasonOf, standingOf } from '../transfer/signed-http-answers.js';
import { SignedHttpClient, type SignedHttpOptions } from '../transfer/signed-http-client.js';
import type {
  ChannelEvent,
  ChannelPage,
  ChannelRefund,
  CreatedRange,
  PaymentChannel,
  RawCallback,
  RefundInstruction,
  RefundLookup,
} from './payment-channel.js';

const FIELD = 'refundNumber';
/** A suggestion to whoever reconciles: channels count refused requests per minute. */
const AGAIN_MS = 30_000;

export class SignedHttpChannel implements PaymentChannel {
  readonly name: string;
  private readonly client: SignedHttpClient;
  private readonly secrets: readonly string[];
  private readonly clock: Clock;

  constructor(options: SignedHttpOptions) {
    this.name = options.partner;
    this.client = new SignedHttpClient(options);
    this.secrets = options.secrets;
    this.clock = options.clock;
  }

  async refund({ refundNumber, paymentId, amount, currency }: RefundInstruction): Promise<PartnerAnswer> {
    const answer = await this.client.post('/v1/refunds', { refundNumber, paymentId, amount, currency });
    return answerOf(answer, { field: FIELD, number: refundNumber, amount });
  }

  async query({ refundNumber }: RefundLookup): Promise<PartnerStanding> {
    const answer = await this.client.get(`/v1/refunds/${encodeURIComponent(refundNumber)}`);
    return standingOf(answer, { field: FIELD, number: refundNumber });
  }

  verifyCallback({ body, headers }: RawCallback): ChannelEvent {
    const { nonce } = verifyMessage(body, headers, this.secrets, this.clock.nowMs());
    return eventOf(body, nonce);
  }

  async list({ fromMs, toMs }: CreatedRange, after?: string): Promise<ChannelPage> {
    const range = { createdFrom: new Date(fromMs).toISOString(), createdTo: new Date(toMs).toISOString() };
    const query = new URLSearchParams({ ...range, ...(after === undefined ? {} : { cursor: after }) });
    const answer = await this.client.get(`/v1/refunds?${query.toString()}`);
    const page = answer.kind === 'answered' && answer.status === 200 ? pageOf(answer.body) : undefined;
    if (page !== undefined) return page;
    const details = { channel: this.name, ...(answer.kind === 'unknown' ? { cause: answer.cause } : {}) };
    throw transient('CHANNEL_UNAVAILABLE', `the channel ${this.name} gave no list of refunds`, AGAIN_MS, details);
  }
}

type Document = Readonly<Record<string, unknown>>;

/** The document in the body of a callback. Every rule that it breaks is our contract's, so the sender may be told which. */
function eventOf(body: Buffer, nonce: string): ChannelEvent {
  const document = documentOf(body);
  const text = (name: string): string => {
    const value = document[name];
    if (typeof value === 'string' && value !== '') return value;
    throw unreadable(name, 'must be a text');
  };
  const { status: outcome, amount, reason, reference } = document;
  if (outcome !== 'succeeded' && outcome !== 'failed' && outcome !== 'pending') {
    throw unreadable('status', 'must be one of pending, succeeded, failed');
  }
  if (!isMinorAmount(amount)) throw unreadable('amount', 'must be an amount in minor units');
  const occurredAtMs = Date.parse(text('occurredAt'));
  if (Number.isNaN(occurredAtMs)) throw unreadable('occurredAt', 'must be an instant');
  return {
    ...{ refundNumber: text(FIELD), outcome, amount, currency: text('currency'), occurredAtMs, replayKey: nonce },
    reason: outcome === 'failed' ? reasonOf(typeof reason === 'string' ? reason : null) : null,
    reference: typeof reference === 'string' ? reference : null,
  };
}

function documentOf(body: Buffer): Document {
  try {
    const document: unknown = JSON.parse(body.toString('utf8'));
    if (typeof document === 'object' && document !== null) return document as Document;
  } catch {
    throw unreadable('body', 'must be JSON');
  }
  throw unreadable('body', 'must be a JSON object');
}

const unreadable = (field: string, message: string): Error =>
  refuse('CALLBACK_UNREADABLE', `${field}: ${message}`, { violations: [{ field, rule: 'contract', message }] });

function pageOf(body: unknown): ChannelPage | undefined {
  const { items, next } = (body ?? {}) as Document;
  if (!Array.isArray(items)) return undefined;
  const refunds = items.map((item) => refundOf((item ?? {}) as Document));
  if (refunds.includes(undefined)) return undefined;
  return { refunds: refunds as ChannelRefund[], ...(typeof next === 'string' ? { next } : {}) };
}

function refundOf(item: Document): ChannelRefund | undefined {
  const { refundNumber, reference, paymentId, amount, currency, status: outcome, createdAt } = item;
  const createdAtMs = Date.parse(String(createdAt));
  if (outcome !== 'succeeded' && outcome !== 'failed' && outcome !== 'pending') return undefined;
  if (typeof reference !== 'string' || typeof paymentId !== 'string' || typeof currency !== 'string') return undefined;
  if (!isMinorAmount(amount) || Number.isNaN(createdAtMs)) return undefined;
  const number = typeof refundNumber === 'string' ? refundNumber : null;
  return { refundNumber: number, reference, paymentId, amount, currency, outcome, createdAtMs };
}
