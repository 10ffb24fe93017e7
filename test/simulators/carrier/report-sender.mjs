/**
 * Tells the platform where a waybill is: signed, perhaps twice, perhaps for an old attempt, perhaps unsigned. A report that is not answered is
 * sent again, signed anew, as real carriers do.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { pause } from '../front/http-exchange.mjs';

const ATTEMPTS = 8;
const AGAIN_MS = 200;
const ANSWER_WITHIN_MS = 5_000;

export class ReportSender {
  /** protocol → base URL of the platform's routes for this carrier; absent: nobody is told. */
  urls = {};
  tally = { sent: 0, taken: 0, refused: 0, givenUp: 0, byCode: {} };

  constructor(secrets) {
    this.secrets = secrets;
  }

  /** Answers the status of the last try. */
  async send(waybill, report, { unsigned = false, oldAttempt = false } = {}) {
    const url = this.urls[waybill.protocol];
    if (url === undefined) return 0;
    const waybillId = oldAttempt ? waybill.waybillId.replace(/-\d+$/, '-1') : waybill.waybillId;
    waybill.reports.push(report.state);
    const { path, body } = this.#message(waybill, waybillId, report);
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      this.tally.sent += 1;
      const { status, code } = await post(`${url}${path}`, body, unsigned ? {} : this.#headers(waybill.protocol, body));
      if (status >= 200 && status < 300) {
        this.tally.taken += 1;
        return status;
      }
      if (status >= 400 && status < 500) {
        this.tally.refused += 1;
        this.tally.byCode[code] = (this.tally.byCode[code] ?? 0) + 1;
        return status;
      }
      await pause(AGAIN_MS * attempt);
    }
    this.tally.givenUp += 1;
    return 0;
  }

  #message(waybill, waybillId, { state, subState, courierId, occurredAtMs }) {
    const occurredAt = new Date(occurredAtMs).toISOString();
    if (waybill.protocol === 'drive')
      return { path: '/callbacks', body: driveEvent(waybillId, waybill, state, occurredAt) };
    const { carrierRef } = waybill;
    return {
      path: '/callbacks',
      body: JSON.stringify({ waybillId, state, subState, courierId, occurredAt, carrierRef }),
    };
  }

  #headers(protocol, body) {
    if (protocol === 'drive')
      return { authorization: `Basic ${Buffer.from(`drive:${this.secrets.driveWebhook}`).toString('base64')}` };
    return signedHeaders(body, this.secrets.hub);
  }
}

export function signedHeaders(content, secret, nonce = randomBytes(16).toString('hex')) {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac('sha256', secret).update(`${timestamp}.${nonce}.`).update(content).digest('hex');
  return { 'x-ordo-timestamp': timestamp, 'x-ordo-nonce': nonce, 'x-ordo-signature': `v1=${digest}` };
}

async function post(url, body, headers) {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const sent = { method: 'POST', body, headers: { 'content-type': 'application/json', ...headers }, signal };
    const response = await fetch(url, sent);
    const answer = await response.json().catch(() => ({}));
    return { status: response.status, code: answer.code ?? 'NONE' };
  } catch {
    return { status: 0, code: 'NO_ANSWER' };
  }
}

const DRIVE_EVENTS = {
  TO_FETCH: 'DASHER_CONFIRMED',
  AT_SHOP: 'DASHER_CONFIRMED_PICKUP_ARRIVAL',
  DELIVERING: 'DASHER_PICKED_UP',
  DELIVERED: 'DASHER_DROPPED_OFF',
  CANCELLED: 'DELIVERY_CANCELLED',
  REJECTED: 'DELIVERY_CANCELLED',
  RETURNING: 'DELIVERY_RETURN_INITIALIZED',
  RETURNED: 'DELIVERY_RETURNED',
};

function driveEvent(waybillId, { carrierRef }, state, occurredAt) {
  return JSON.stringify({
    ...{
      event_name: DRIVE_EVENTS[state] ?? 'DELIVERY_CREATED',
      external_delivery_id: waybillId,
      created_at: occurredAt,
    },
    ...{ dasher_id: 4711, dasher_name: 'Simulated D.', support_reference: carrierRef },
  });
}
