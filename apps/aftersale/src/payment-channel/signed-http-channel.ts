/**
 * The generic channel: refunds by our number over signed HTTP, as docs/api/payment-channel.openapi.yaml asks of whoever stands behind it. A bank,
 * a wallet or a gateway is joined by a small program that speaks this contract, and the platform learns nothing new.
 */
import { transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { isMinorAmount } from '@ordo/kernel';
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import { answerOf, standingOf } from '../transfer/signed-http-answers.js';
import { type RawCallback, readCallback } from '../transfer/signed-http-callback.js';
import { SignedHttpClient, type SignedHttpOptions } from '../transfer/signed-http-client.js';
import type {
  ChannelEvent,
  ChannelPage,
  ChannelRefund,
  CreatedRange,
  PaymentChannel,
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

  verifyCallback(callback: RawCallback): ChannelEvent {
    const event = readCallback(callback, FIELD, this.secrets, this.clock.nowMs());
    return { ...event, refundNumber: event.number };
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
