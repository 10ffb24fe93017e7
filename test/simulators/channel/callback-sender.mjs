/**
 * Tells the platform what became of a refund: signed, perhaps late, perhaps twice, perhaps an old piece of news after a newer one. A delivery
 * that is not answered 2xx is made again, signed anew, as real channels do.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { pause } from '../front/http-exchange.mjs';

const ATTEMPTS = 6;
const AGAIN_MS = 250;
const ANSWER_WITHIN_MS = 5_000;

export class CallbackSender {
  /** protocol → URL; absent: nobody is told. */
  urls = {};
  tally = { sent: 0, delivered: 0, refused: 0, givenUp: 0 };
  #events = 0;

  constructor(secrets) {
    this.secrets = secrets;
  }

  /** Fire and forget: nobody waits for a callback. */
  announce(protocol, step, movement) {
    for (const delayMs of step.callbacks) void this.#after(delayMs, protocol, movement);
    if (step.stalePending)
      void this.#after(Math.max(0, ...step.callbacks) + 30, protocol, { ...movement, status: 'pending' });
  }

  async #after(delayMs, protocol, movement) {
    await pause(delayMs);
    await this.deliver(protocol, movement);
  }

  /** The status of the movement at the moment of the call, unless `movement` is a copy that was frozen before. */
  async deliver(protocol, movement) {
    const url = this.urls[protocol];
    if (url === undefined) return;
    this.#events += 1;
    const body = protocol === 'stripe' ? stripeEvent(movement, this.#events) : genericEvent(protocol, movement);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      this.tally.sent += 1;
      const status = await post(url, body, this.#headers(protocol, body));
      if (status >= 200 && status < 300) {
        this.tally.delivered += 1;
        return;
      }
      if (status >= 400 && status < 500) {
        this.tally.refused += 1;
        return;
      }
      await pause(AGAIN_MS * attempt);
    }
    this.tally.givenUp += 1;
  }

  #headers(protocol, body) {
    const timestamp = String(Math.floor(Date.now() / 1_000));
    if (protocol === 'stripe') {
      const digest = createHmac('sha256', this.secrets.stripeWebhook).update(`${timestamp}.${body}`).digest('hex');
      return { 'stripe-signature': `t=${timestamp},v1=${digest}` };
    }
    return signedHeaders(body, protocol === 'payer' ? this.secrets.payer : this.secrets.generic, timestamp);
  }
}

export function signedHeaders(content, secret, timestamp, nonce = randomBytes(16).toString('hex')) {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${nonce}.`).update(content).digest('hex');
  return { 'x-ordo-timestamp': timestamp, 'x-ordo-nonce': nonce, 'x-ordo-signature': `v1=${digest}` };
}

async function post(url, body, headers) {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const sent = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, signal };
    const response = await fetch(url, sent);
    await response.body?.cancel();
    return response.status;
  } catch {
    return 0;
  }
}

function genericEvent(protocol, { number, reference, paymentId, status, reason, amount, currency }) {
  const field = protocol === 'payer' ? 'payoutNumber' : 'refundNumber';
  return JSON.stringify({
    ...{ [field]: number, reference, paymentId, status, amount, currency },
    ...{ reason, occurredAt: new Date().toISOString() },
  });
}

function stripeEvent(movement, sequence) {
  const type = movement.status === 'failed' ? 'refund.failed' : 'refund.updated';
  return JSON.stringify({
    ...{ id: `evt_${String(sequence).padStart(8, '0')}`, object: 'event', type, livemode: false },
    ...{ created: Math.floor(Date.now() / 1_000), data: { object: stripeRefundOf(movement) } },
  });
}

export function stripeRefundOf({ reference, number, paymentId, amount, currency, status, reason, createdAtMs }) {
  const failure = status === 'failed' ? { failure_reason: stripeFailure[reason] ?? 'unknown' } : {};
  const isCharge = paymentId.startsWith('ch_');
  return {
    ...{ id: reference, object: 'refund', amount, currency: currency.toLowerCase(), status },
    ...{ charge: isCharge ? paymentId : null, payment_intent: isCharge ? null : paymentId },
    ...{ created: Math.floor(createdAtMs / 1_000), metadata: number === null ? {} : { refund_number: number } },
    ...failure,
  };
}

const stripeFailure = { INSUFFICIENT_FUNDS: 'insufficient_funds', RECEIVER_CLOSED: 'expired_or_canceled_card' };
