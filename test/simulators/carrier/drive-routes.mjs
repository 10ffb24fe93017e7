/** DoorDash Drive as far as the adapter uses it: create, cancel, tip; a JWT of their kind before everything. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { answer, drop, parsed, pause } from '../front/http-exchange.mjs';

const PREFIX = '/drive/v2/deliveries';

export class DriveRoutes {
  constructor({ book, weather, runs, secret }) {
    Object.assign(this, { book, weather, runs, secret });
  }

  async handle(exchange) {
    const { request, response, url, body } = exchange;
    if (!url.pathname.startsWith(PREFIX)) return false;
    if (!this.#isOurs(request.headers.authorization ?? '')) {
      answer(response, 401, { code: 'authentication_error', message: 'The JWT is not valid' });
      return true;
    }
    const [waybillId, act] = url.pathname.slice(PREFIX.length + 1).split('/');
    if (request.method === 'POST') await this.#create(exchange);
    else if (request.method === 'GET') this.#show(response, waybillId);
    else this.#update(response, decodeURIComponent(waybillId), act, parsed(body) ?? {});
    return true;
  }

  async #create({ request, response, body }) {
    const asked = parsed(body);
    const waybillId = asked?.external_delivery_id;
    if (typeof waybillId !== 'string' || typeof asked.dropoff_address !== 'string') {
      return answer(response, 400, { code: 'validation_error', field_errors: [{ field: 'external_delivery_id' }] });
    }
    const step = this.weather.forCall(waybillId.replace(/-\d+$/, ''));
    await pause(step.delayMs);
    if (step.before === 'drop') return drop(request);
    if (step.before === 'hang') return undefined;
    if (step.before === 'fault') return answer(response, 500, { code: 'internal_error' });
    if (step.refuse !== undefined) return answer(response, 422, { code: 'outside_of_delivery_area' });
    const handOff = { address: asked.dropoff_address, value: asked.order_value };
    const { credential, digest } = { credential: waybillId, digest: JSON.stringify(handOff) };
    const { conflict, waybill, isNew } = this.book.take({
      waybillId,
      credential,
      digest,
      handOff,
      protocol: 'drive',
      tip: asked.tip,
    });
    // Drive answers a known external id with 409 and the delivery that it stands for.
    if (conflict) return answer(response, 409, { code: 'duplicate_delivery_id' });
    if (isNew) this.runs.start(waybill, step);
    if (step.after === 'drop') return drop(request);
    return answer(response, isNew ? 200 : 409, shown(waybill, isNew));
  }

  #show(response, waybillId) {
    const waybill = this.book.find(waybillId);
    if (waybill === undefined) return answer(response, 404, { code: 'unknown_delivery_id' });
    return answer(response, 200, shown(waybill, true));
  }

  #update(response, waybillId, act, asked) {
    const waybill = this.book.find(waybillId);
    if (waybill === undefined) return answer(response, 404, { code: 'unknown_delivery_id' });
    if (act === 'cancel') {
      if (waybill.reports.includes('DELIVERING'))
        return answer(response, 422, { code: 'delivery_status_prevents_cancellation' });
      waybill.cancelled = true;
      this.book.tally.cancelled += 1;
    } else {
      waybill.tip = asked.tip;
      this.book.tally.tips += 1;
    }
    return answer(response, 200, shown(waybill, true));
  }

  #isOurs(authorization) {
    const [header, payload, signature] = authorization.replace(/^Bearer /, '').split('.');
    if (signature === undefined) return false;
    const digest = createHmac('sha256', Buffer.from(this.secret, 'base64')).update(`${header}.${payload}`).digest();
    const given = Buffer.from(signature, 'base64url');
    if (digest.length !== given.length || !timingSafeEqual(digest, given)) return false;
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return claims.aud === 'doordash' && claims.exp > Date.now() / 1_000;
  }
}

const shown = ({ waybillId, carrierRef, tip, cancelled, handOff }, isNew) => ({
  ...(isNew ? {} : { code: 'duplicate_delivery_id' }),
  ...{ external_delivery_id: waybillId, support_reference: carrierRef, tip },
  ...{ dropoff_address: handOff.address, order_value: handOff.value },
  delivery_status: cancelled ? 'cancelled' : 'created',
});
