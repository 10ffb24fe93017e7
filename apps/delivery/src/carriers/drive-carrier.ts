/**
 * DoorDash Drive, by its public API: a JWT of their kind on every call, `external_delivery_id` as the key that makes a call safe to repeat, and
 * webhooks that prove themselves with a Basic credential of ours. It keeps the port honest: nothing of it is like our own contract.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DeliveryState, DeliverySubState, refuse, refuseViolations, transient } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import type { ReportedState } from '../waybill-life/state-rank.rules.js';
import { type HandOffPayload, waybillOf } from '../waybills/waybill.js';
import type {
  CalledWaybill,
  Carrier,
  CarrierAnswer,
  CarrierCallback,
  CourierCall,
  IncomingMessage,
} from './carrier.js';
import { objectOf } from './message-object.js';

export interface DriveCarrierOptions {
  readonly name: string;
  /** `https://openapi.doordash.com`. */
  readonly url: string;
  readonly developerId: string;
  readonly keyId: string;
  /** Base64, as their portal gives it. */
  readonly signingSecret: string;
  /** `user:password` that their webhooks carry. */
  readonly webhookCredential: string;
  readonly clock: Clock;
  /** Default 3 s. */
  readonly deadlineMs?: number;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const DEADLINE_MS = 3_000;
const RETRY_MS = 1_000;
/** Short, because one is made for every call. */
const TOKEN_SECONDS = 300;
const MS_PER_SECOND = 1_000;
const MAX_NAME = 64;
const DUPLICATE = 409;
const NOT_FOUND = 404;
const REFUSED = 422;

/** Events that say nothing new of where the goods are (a batch, an arrival at the door) have no entry. */
const stateOfEvent: Readonly<Record<string, ReportedState>> = {
  DASHER_CONFIRMED: DeliveryState.TO_FETCH,
  DASHER_ENROUTE_TO_PICKUP: DeliveryState.TO_FETCH,
  DASHER_CONFIRMED_PICKUP_ARRIVAL: DeliveryState.AT_SHOP,
  DASHER_PICKED_UP: DeliveryState.DELIVERING,
  DASHER_ENROUTE_TO_DROPOFF: DeliveryState.DELIVERING,
  DASHER_CONFIRMED_DROPOFF_ARRIVAL: DeliveryState.DELIVERING,
  DASHER_DROPPED_OFF: DeliveryState.DELIVERED,
  DELIVERY_CANCELLED: DeliveryState.CANCELLED,
  DELIVERY_RETURN_INITIALIZED: DeliveryState.RETURNING,
  DASHER_CONFIRMED_RETURN_ARRIVAL: DeliveryState.RETURNING,
  DELIVERY_RETURNED: DeliveryState.RETURNED,
};

const reasonOfCode: Readonly<Record<string, DeliverySubState>> = {
  outside_of_delivery_area: DeliverySubState.OUT_OF_AREA,
  distance_too_long: DeliverySubState.OUT_OF_AREA,
  no_available_dashers: DeliverySubState.NO_CAPACITY,
};

export class DriveCarrier implements Carrier {
  readonly name: string;

  constructor(private readonly options: DriveCarrierOptions) {
    this.name = options.name;
  }

  async call({ waybillId, payload, tipMinor }: CourierCall): Promise<CarrierAnswer> {
    const wanted = deliveryOf(waybillId, JSON.parse(payload) as HandOffPayload, tipMinor);
    const answer = await this.send('POST', '', wanted);
    if (answer.status === REFUSED) throw this.refusal(answer.body);
    const known = answer.status === DUPLICATE ? await this.known(waybillId, wanted) : this.done(answer);
    const { support_reference: reference } = known;
    return { carrierRef: typeof reference === 'string' ? reference.slice(0, MAX_NAME) : null };
  }

  async cancel({ waybillId }: CalledWaybill): Promise<void> {
    this.told(await this.send('PUT', `/${waybillId}/cancel`, {}));
  }

  async tip({ waybillId }: CalledWaybill, totalMinor: number): Promise<void> {
    this.told(await this.send('PATCH', `/${waybillId}`, { tip: totalMinor }));
  }

  verify({ headers }: IncomingMessage): void {
    const expected = digestOf(`Basic ${Buffer.from(this.options.webhookCredential).toString('base64')}`);
    const given = headers['authorization'];
    if (typeof given === 'string' && timingSafeEqual(digestOf(given), expected)) return;
    const message = 'authorization does not fit';
    throw refuse('SIGNATURE_INVALID', message, {
      violations: [{ field: 'authorization', rule: 'signature', message }],
    });
  }

  readCallback(message: IncomingMessage): CarrierCallback {
    this.verify(message);
    const body = objectOf(message.raw);
    const {
      event_name: event,
      external_delivery_id: id,
      created_at: at,
      dasher_id: dasher,
      support_reference: ref,
    } = body;
    const waybill = typeof id === 'string' ? waybillOf(id) : undefined;
    if (waybill === undefined) throw refuse('WAYBILL_NOT_FOUND', 'external_delivery_id names no waybill');
    const occurredAtMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
    const state = stateOfEvent[String(event)];
    if (state === undefined || Number.isNaN(occurredAtMs)) {
      const field = state === undefined ? 'event_name' : 'created_at';
      throw refuseViolations([{ field, rule: 'callback', message: 'is not one that says where the goods are' }]);
    }
    const courierId =
      typeof dasher === 'number' || typeof dasher === 'string' ? String(dasher).slice(0, MAX_NAME) : null;
    return {
      orderId: waybill.orderId,
      report: { attempt: waybill.attempt, state, subState: null, occurredAtMs, courierId },
      carrierRef: typeof ref === 'string' ? ref.slice(0, MAX_NAME) : null,
      // Their webhooks have no nonce: the same bytes are the same message.
      nonce: digestOf(message.raw).toString('base64url'),
    };
  }

  /** The id stands for a delivery of theirs: ours, if it goes to the same door with the same goods. */
  private async known(waybillId: string, wanted: ReturnType<typeof deliveryOf>): Promise<Answer['body']> {
    const body = this.done(await this.send('GET', `/${waybillId}`));
    if (body['dropoff_address'] === wanted.dropoff_address && body['order_value'] === wanted.order_value) return body;
    const message = `${this.name} knows ${waybillId} as another delivery`;
    throw refuse('WAYBILL_CONFLICT', message, { waybillId, carrier: this.name });
  }

  private done({ status, body }: Answer): Answer['body'] {
    if (status >= 200 && status < 300) return body;
    throw transient('CARRIER_UNAVAILABLE', `${this.name} answers ${status}`, RETRY_MS, { carrier: this.name, status });
  }

  private told(answer: Answer): void {
    if (answer.status === NOT_FOUND) return;
    if (answer.status === REFUSED) throw this.refusal(answer.body);
    this.done(answer);
  }

  private refusal({ code }: Answer['body']) {
    const subState = reasonOfCode[String(code)] ?? DeliverySubState.OTHER;
    return refuse('CARRIER_REFUSED', `${this.name} refuses: ${subState}`, { carrier: this.name, subState });
  }

  private async send(method: string, path: string, body?: object): Promise<Answer> {
    const { url, deadlineMs = DEADLINE_MS } = this.options;
    try {
      const response = await fetch(`${url}/drive/v2/deliveries${path}`, {
        method,
        headers: { authorization: `Bearer ${this.token()}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(deadlineMs),
      });
      const answered: unknown = await response.json().catch(() => ({}));
      return { status: response.status, body: (answered ?? {}) as Answer['body'] };
    } catch (error) {
      const details = { carrier: this.name };
      throw transient('CARRIER_UNAVAILABLE', `${this.name} does not answer`, RETRY_MS, details, error);
    }
  }

  private token(): string {
    const { developerId, keyId, signingSecret, clock } = this.options;
    const iat = Math.floor(clock.nowMs() / MS_PER_SECOND);
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { aud: 'doordash', iss: developerId, kid: keyId, exp: iat + TOKEN_SECONDS, iat };
    const signed = `${part({ alg: 'HS256', typ: 'JWT', 'dd-ver': 'DD-JWT-V1' })}.${part(claims)}`;
    const signature = createHmac('sha256', Buffer.from(signingSecret, 'base64')).update(signed).digest('base64url');
    return `${signed}.${signature}`;
  }
}

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Shops are known to them by our numbers; what a courier need not know does not leave the house. */
function deliveryOf(
  waybillId: string,
  { merchantId, recipient, goodsAmount, items, remark }: HandOffPayload,
  tip: number,
) {
  return {
    external_delivery_id: waybillId,
    pickup_external_business_id: 'ordo',
    pickup_external_store_id: merchantId,
    dropoff_address: recipient.address,
    dropoff_phone_number: recipient.phone,
    dropoff_contact_given_name: recipient.name,
    dropoff_instructions: remark,
    order_value: goodsAmount,
    items: items.map(({ name, quantity }) => ({ name, quantity })),
    tip,
  };
}
