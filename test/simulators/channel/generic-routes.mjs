/**
 * The channel that docs/api/payment-channel.openapi.yaml describes: refunds by our number, each request signed. Also the payer of
 * compensation, which is the same protocol over other money: `/payer/v1/payouts` instead of `/channel/v1/refunds`.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { answer, parsed, pause, play } from '../front/http-exchange.mjs';

const TOLERANCE_SECONDS = 300;
const PAGE = 100;
/** Refusals that the channel never takes back; the contract lists them. */
const FINAL = new Set([
  ...['AMOUNT_EXCEEDS', 'PAYMENT_TOO_OLD', 'LIMIT_REACHED', 'PAYMENT_DISPUTED', 'CURRENCY_MISMATCH', 'RECEIVER_CLOSED'],
]);

const faulty = (kind) => (kind === 'rate-limit' ? { code: 'RATE_LIMITED' } : { code: 'FAULT' });

export class GenericRoutes {
  #nonces = new Set();

  constructor({ prefix, field, protocol, book, weather, callbacks, secret }) {
    Object.assign(this, { prefix, field, protocol, book, weather, callbacks, secret });
  }

  /** Whether the request was one of ours. */
  async handle(exchange) {
    const { request, response, url, body } = exchange;
    if (!url.pathname.startsWith(this.prefix)) return false;
    const content = request.method === 'GET' ? `${url.pathname}${url.search}` : body;
    const problem = this.#signatureProblem(content, request.headers);
    if (problem !== undefined) {
      answer(response, 401, { code: 'DENIED', message: problem });
      return true;
    }
    const number = decodeURIComponent(url.pathname.slice(this.prefix.length + 1));
    if (request.method === 'POST') await this.#move(exchange);
    else if (number === '') await this.#list(exchange);
    else await this.#show(exchange, number);
    return true;
  }

  async #move(exchange) {
    const asked = parsed(exchange.body);
    const number = asked?.[this.field];
    if (typeof number !== 'string' || !Number.isInteger(asked.amount) || asked.amount <= 0) {
      return answer(exchange.response, 400, { code: 'MALFORMED' });
    }
    this.book.arrived(number);
    const step = this.weather.forWork(number);
    return play(exchange, step, (refusal) => this.#work(number, asked, step, refusal), faulty);
  }

  #work(number, { paymentId, amount, currency, receiver }, step, refusal) {
    const source = paymentId ?? receiver;
    const refusedBefore = this.book.refusals.get(number);
    const [known] = this.book.of(number);
    if (known !== undefined && (known.amount !== amount || known.paymentId !== source)) return refuse('NUMBER_REUSED');
    if (known !== undefined && known.status !== 'failed') return { status: 200, body: this.#shown(known) };
    if (refusedBefore !== undefined) return refuse(refusedBefore);
    const objection = refusal ?? this.#objection({ paymentId: source, amount, currency });
    if (objection !== undefined) {
      if (FINAL.has(objection)) this.book.refusals.set(number, objection);
      return refuse(objection);
    }
    const movement = known ?? this.book.open({ number, paymentId: source, amount, currency });
    movement.status = 'pending';
    if (step.settleMs !== null && step.settleMs <= 0) this.book.settle(movement, step.outcome, step.reason);
    void this.#settleLater(movement, step);
    return { status: movement.status === 'pending' ? 202 : 200, body: this.#shown(movement) };
  }

  #objection(asked) {
    return this.protocol === 'payer' ? undefined : this.book.objection(asked);
  }

  async #settleLater(movement, step) {
    if (step.settleMs === null) return;
    await pause(step.settleMs);
    this.book.settle(movement, step.outcome, step.reason);
    this.callbacks.announce(this.protocol, step, movement);
  }

  #show(exchange, number) {
    const work = () => {
      const [movement] = this.book.of(number);
      const refusal = this.book.refusals.get(number);
      if (movement !== undefined) return { status: 200, body: this.#shown(movement) };
      if (refusal !== undefined)
        return { status: 200, body: { [this.field]: number, status: 'failed', reason: refusal } };
      return { status: 404, body: { code: 'NOT_FOUND' } };
    };
    return play(exchange, this.weather.forQuestion(), work, faulty);
  }

  #list(exchange) {
    const { searchParams } = exchange.url;
    const from = Date.parse(searchParams.get('createdFrom') ?? '');
    const to = Date.parse(searchParams.get('createdTo') ?? '');
    const start = Number(searchParams.get('cursor') ?? 0);
    if (Number.isNaN(from) || Number.isNaN(to)) return answer(exchange.response, 400, { code: 'MALFORMED' });
    const found = this.book.movements.filter(({ createdAtMs }) => createdAtMs >= from && createdAtMs < to);
    const items = found.slice(start, start + PAGE).map((movement) => this.#shown(movement));
    const next = start + PAGE < found.length ? { next: String(start + PAGE) } : {};
    return play(exchange, this.weather.forQuestion(), () => ({ status: 200, body: { items, ...next } }), faulty);
  }

  #shown({ number, reference, paymentId, amount, currency, status, reason, createdAtMs }) {
    return {
      ...{ [this.field]: number, reference, paymentId, amount, currency, status, reason },
      createdAt: new Date(createdAtMs).toISOString(),
    };
  }

  /** An independent reading of the contract: not one line of it is shared with the platform. */
  #signatureProblem(content, headers) {
    const timestamp = headers['x-ordo-timestamp'] ?? '';
    const nonce = headers['x-ordo-nonce'] ?? '';
    const given = headers['x-ordo-signature'] ?? '';
    const digest = createHmac('sha256', this.secret).update(`${timestamp}.${nonce}.`).update(content).digest('hex');
    const expected = Buffer.from(`v1=${digest}`);
    const presented = Buffer.from(given);
    if (expected.length !== presented.length || !timingSafeEqual(expected, presented)) return 'signature';
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'timestamp';
    if (this.#nonces.has(nonce)) return 'nonce';
    this.#nonces.add(nonce);
    return undefined;
  }
}

const statuses = {
  PAYMENT_UNKNOWN: 404,
  RATE_LIMITED: 429,
  DENIED: 401,
  MALFORMED: 400,
  BUSY: 409,
  NUMBER_REUSED: 409,
};
const refuse = (code) => ({ status: statuses[code] ?? 422, body: { code } });
