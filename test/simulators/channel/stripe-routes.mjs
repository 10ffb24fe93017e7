/**
 * The few endpoints of Stripe that we use, with its forms, its error documents and its idempotency keys: the first answer of a key is kept
 * and given again, whatever it was, unless nothing was begun.
 */
import { createHash } from 'node:crypto';
import { answer, pause, play } from '../front/http-exchange.mjs';
import { stripeRefundOf } from './callback-sender.mjs';

const MAX_PAGE = 100;

const errorOf = (type, code, message) => ({ error: { type, ...(code === undefined ? {} : { code }), message } });
const faulty = (kind) =>
  kind === 'rate-limit'
    ? errorOf('invalid_request_error', 'rate_limit', 'too many requests')
    : errorOf('api_error', undefined, 'broken');

/** Our book's objections in Stripe's words. */
const objections = {
  PAYMENT_UNKNOWN: [404, 'resource_missing'],
  CURRENCY_MISMATCH: [400, 'currency_mismatch'],
  PAYMENT_DISPUTED: [400, 'charge_disputed'],
  PAYMENT_TOO_OLD: [400, 'charge_expired_for_refund'],
  LIMIT_REACHED: [400, 'refund_limit_reached'],
  AMOUNT_EXCEEDS: [400, 'charge_already_refunded'],
  INSUFFICIENT_FUNDS: [400, 'balance_insufficient'],
};

export class StripeRoutes {
  #keys = new Map();
  /** Requests per path, whatever became of them: how a hidden retry shows. */
  seen = 0;

  constructor({ book, weather, callbacks, apiKey }) {
    Object.assign(this, { book, weather, callbacks, apiKey });
  }

  async handle(exchange) {
    const { request, response, url } = exchange;
    if (!url.pathname.startsWith('/v1/')) return false;
    this.seen += 1;
    if (request.headers.authorization !== `Bearer ${this.apiKey}`) {
      answer(response, 401, errorOf('invalid_request_error', undefined, 'Invalid API Key provided'));
    } else if (request.method === 'POST' && url.pathname === '/v1/refunds') await this.#create(exchange);
    else if (request.method === 'GET' && url.pathname === '/v1/refunds') await this.#list(exchange);
    else answer(response, 404, errorOf('invalid_request_error', undefined, 'Unrecognized request URL'));
    return true;
  }

  async #create(exchange) {
    const form = new URLSearchParams(exchange.body.toString('utf8'));
    const number = form.get('metadata[refund_number]');
    const key = exchange.request.headers['idempotency-key'] ?? '';
    this.book.arrived(number ?? key);
    const step = this.weather.forWork(number);
    const kept = this.#keys.get(key);
    const digest = createHash('sha256').update(exchange.body).digest('hex');
    if (kept !== undefined) return this.#again(exchange, kept, digest, step);
    const work = (refusal) => {
      const done = this.#work(number, form, step, refusal);
      this.#keys.set(key, { digest, done: step.after === 'fault' ? { status: 500, body: faulty('fault') } : done });
      return done;
    };
    return play(exchange, step, work, faulty);
  }

  #again(exchange, kept, digest, step) {
    if (kept.digest !== digest) {
      const message = 'Keys for idempotent requests can only be used with the same parameters';
      return answer(exchange.response, 400, errorOf('idempotency_error', undefined, message));
    }
    const again = { ...kept.done, headers: { 'idempotent-replayed': 'true' } };
    return play(exchange, { ...step, before: 'none' }, () => again, faulty);
  }

  #work(number, form, step, refusal) {
    const paymentId = form.get('payment_intent') ?? form.get('charge');
    const payment = this.book.payments.get(paymentId);
    const asked = { number, paymentId, amount: Number(form.get('amount')), currency: payment?.currency };
    const objection = refusal ?? this.book.objection(asked);
    if (objection !== undefined) {
      const [status, code] = objections[objection] ?? [400, 'unknown'];
      return { status, body: errorOf('invalid_request_error', code, `refused: ${objection}`) };
    }
    const movement = this.book.open(asked);
    if (step.settleMs !== null && step.settleMs <= 0) this.book.settle(movement, step.outcome, step.reason);
    void this.#settleLater(movement, step);
    return { status: 200, body: stripeRefundOf(movement) };
  }

  async #settleLater(movement, step) {
    if (step.settleMs === null) return;
    await pause(step.settleMs);
    this.book.settle(movement, step.outcome, step.reason);
    this.callbacks.announce('stripe', step, movement);
  }

  /** Newest first, as Stripe lists. */
  #list(exchange) {
    const { searchParams } = exchange.url;
    const payment = searchParams.get('payment_intent') ?? searchParams.get('charge');
    const from = Number(searchParams.get('created[gte]') ?? 0);
    const to = Number(searchParams.get('created[lt]') ?? Number.MAX_SAFE_INTEGER);
    const limit = Math.min(Number(searchParams.get('limit') ?? 10), MAX_PAGE);
    const after = searchParams.get('starting_after');
    const found = this.book.movements
      .filter((each) => payment === null || each.paymentId === payment)
      .map(stripeRefundOf)
      .filter(({ created }) => created >= from && created < to)
      .reverse();
    const start = after === null ? 0 : found.findIndex(({ id }) => id === after) + 1;
    const data = found.slice(start, start + limit);
    const body = { object: 'list', url: '/v1/refunds', has_more: start + limit < found.length, data };
    return play(exchange, this.weather.forQuestion(), () => ({ status: 200, body }), faulty);
  }
}
