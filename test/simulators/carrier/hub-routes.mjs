/** The carrier that implements our contract: waybills by our name for them, each request signed. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { answer, drop, parsed, pause } from '../front/http-exchange.mjs';
import { FAIR } from './carrier-weather.mjs';
import { signedHeaders } from './report-sender.mjs';

const PREFIX = '/hub/v1/waybills';
const TOLERANCE_SECONDS = 300;

export class HubRoutes {
  #nonces = new Set();

  constructor({ book, weather, runs, sender, secret }) {
    Object.assign(this, { book, weather, runs, sender, secret });
  }

  /** Whether the request was one of ours. */
  async handle(exchange) {
    const { request, response, url, body } = exchange;
    if (!url.pathname.startsWith(PREFIX)) return false;
    const problem = this.#signatureProblem(body, request.headers);
    if (problem !== undefined) {
      answer(response, 401, { code: 'DENIED', message: problem });
      return true;
    }
    const [waybillId, act] = url.pathname.slice(PREFIX.length + 1).split('/');
    if (request.method === 'POST') await this.#call(exchange);
    else this.#errand(response, waybillId, act, parsed(body) ?? {});
    return true;
  }

  /** Asks the platform for what it was not told, takes it in, and says so. Answers how many there were. */
  async pull() {
    const base = this.sender.urls.hub;
    const taken = [];
    for (let cursor = ''; cursor !== null; ) {
      const target = new URL(`${base}/hand-offs${cursor === '' ? '' : `?cursor=${cursor}`}`);
      const page = await fetch(target, { headers: signedHeaders(`${target.pathname}${target.search}`, this.secret) });
      const { handOffs, nextCursor } = await page.json();
      for (const handOff of handOffs) taken.push(this.#takeIn({ ...handOff, protocol: 'hub' }, FAIR).waybill);
      cursor = nextCursor;
    }
    this.book.tally.pulled += taken.length;
    for (let from = 0; from < taken.length; from += 100) {
      const acknowledgements = taken
        .slice(from, from + 100)
        .map(({ waybillId, carrierRef }) => ({ waybillId, carrierRef }));
      const body = JSON.stringify({ acknowledgements });
      const headers = { 'content-type': 'application/json', ...signedHeaders(body, this.secret) };
      await fetch(`${base}/acknowledgements`, { method: 'POST', body, headers });
    }
    return taken.length;
  }

  async #call({ request, response, body }) {
    const asked = parsed(body);
    const orderId = asked?.handOff?.orderId;
    if (typeof orderId !== 'string' || typeof asked.credential !== 'string')
      return answer(response, 400, { code: 'MALFORMED' });
    const step = this.weather.forCall(orderId);
    await pause(step.delayMs);
    if (step.before === 'drop') return drop(request);
    if (step.before === 'hang') return undefined;
    if (step.before === 'fault') return answer(response, 500, { code: 'FAULT' });
    if (step.refuse !== undefined) {
      this.book.tally.refused += 1;
      return answer(response, 422, { code: 'REFUSED', reason: step.refuse });
    }
    const { conflict, waybill, isNew } = this.#takeIn({ ...asked, protocol: 'hub' }, step);
    if (conflict) return answer(response, 409, { code: 'CREDENTIAL_CONFLICT' });
    if (step.after === 'drop') return drop(request);
    if (step.after === 'hang') return undefined;
    if (step.after === 'fault') return answer(response, 500, { code: 'FAULT' });
    return answer(response, isNew ? 201 : 200, { carrierRef: waybill.carrierRef });
  }

  #takeIn(asked, step) {
    const taken = this.book.take(asked);
    if (taken.isNew) this.runs.start(taken.waybill, step);
    return taken;
  }

  #errand(response, waybillId, act, asked) {
    const waybill = this.book.find(waybillId);
    if (waybill === undefined || waybill.credential !== asked.credential)
      return answer(response, 404, { code: 'UNKNOWN' });
    if (act === 'cancellation') {
      if (waybill.reports.includes('DELIVERED')) return answer(response, 409, { reason: 'OTHER' });
      if (!waybill.cancelled) this.book.tally.cancelled += 1;
      waybill.cancelled = true;
      return answer(response, 200, {});
    }
    if (act !== 'tip') return answer(response, 404, { code: 'NO_SUCH_ROUTE' });
    waybill.tip = asked.total;
    this.book.tally.tips += 1;
    return answer(response, 200, {});
  }

  /** An independent reading of the contract: not one line of it is shared with the platform. */
  #signatureProblem(content, headers) {
    const timestamp = headers['x-ordo-timestamp'] ?? '';
    const nonce = headers['x-ordo-nonce'] ?? '';
    const digest = createHmac('sha256', this.secret).update(`${timestamp}.${nonce}.`).update(content).digest('hex');
    const expected = Buffer.from(`v1=${digest}`);
    const presented = Buffer.from(headers['x-ordo-signature'] ?? '');
    if (expected.length !== presented.length || !timingSafeEqual(expected, presented)) return 'signature';
    if (Math.abs(Date.now() / 1_000 - Number(timestamp)) > TOLERANCE_SECONDS) return 'timestamp';
    if (this.#nonces.has(nonce)) return 'nonce';
    this.#nonces.add(nonce);
    return undefined;
  }
}
