/** What the stories of deliveries are told with: both fronts, the carrier, and orders that a merchant has accepted. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CallerGrant,
  type CompensationDocument,
  type DeliveryDocument,
  type DeliveryTimeline,
  transient,
} from '@ordo/contracts';
import type { Cast } from '../demonstration/cast.js';
import { type Answer, memberOf, type OrderApi } from '../demonstration/order-api.js';
import { draftOf } from '../demonstration/order-drafts.js';
import type { AftersaleApi } from '../terminal/aftersale-api.js';
import { DeliveryApi } from '../terminal/delivery-api.js';
import type { CarrierStep, SimulatedCarrier } from './simulated-carrier.js';

/** A courier of the simulator needs three seconds; the rest is for a machine that also runs everything else. */
const WITHIN_MS = 30_000;
const POLL_MS = 50;
const CITY = 'demo';
const PRODUCT = 'standard';

export interface PlannedOrder {
  /** Minutes; the couriers of the simulator take almost twenty-four. */
  readonly promisedMinutes: number;
  readonly carrier: readonly CarrierStep[];
}

export class DeliveryStage {
  constructor(
    private readonly orders: OrderApi,
    private readonly deliveries: DeliveryApi,
    private readonly carrier: SimulatedCarrier,
    private readonly compensations: AftersaleApi,
  ) {}

  /** A lane for each duration, in both rooms. */
  async supplyLanes(durations: readonly number[]): Promise<void> {
    const bandsOf = (durationMinutes: number) => Array.from({ length: 24 }, (_, hour) => ({ hour, durationMinutes }));
    const lanes = durations.map((minutes) => ({ ...laneOf(minutes), bands: bandsOf(minutes) }));
    await this.deliveries.send('PUT', '/v1/promise-lanes', { lanes });
    const areLoaded = async (): Promise<boolean> => {
      const { rooms } = await this.deliveries.get<{ rooms: readonly { isComplete: boolean; debts: number }[] }>(
        '/v1/promise-rooms',
      );
      return rooms.every(({ isComplete, debts }) => isComplete && debts === 0);
    };
    await until(areLoaded, 'both promise rooms hold the lanes');
  }

  /** Asked as a checkout asks; the order carries the answer. */
  async promise(minutes: number): Promise<string> {
    const asked = { requests: [{ ...laneOf(minutes), freezeFor: 'takeout' }] };
    const answer = await this.deliveries.send<{ promises: readonly { token: string | null }[]; degraded: boolean }>(
      ...(['POST', '/v1/promises', asked] as const),
    );
    const token = answer.promises[0]?.token;
    if (typeof token === 'string') return token;
    throw transient('REQUEST_TIMEOUT', 'no promise is given: neither room answers', WITHIN_MS);
  }

  /** Placed with its promise, paid and accepted. */
  async accepted(cast: Cast, { promisedMinutes, carrier }: PlannedOrder): Promise<string> {
    const { currency, payAmount, body } = draftOf('takeout');
    const promiseToken = await this.promise(promisedMinutes);
    const parties = { bizType: 'takeout', userId: cast.userId, merchantId: cast.merchantId };
    const extension = { ...(body['extension'] as object), promiseToken };
    const placed = await this.post('/v1/orders', cast.tokens.user, {
      ...{ ...parties, currency, payAmount, ...body, extension },
    });
    const orderId = memberOf(placed, 'orderId');
    await this.carrier.plan(orderId, ...carrier);
    const payment = { paymentId: `demo-${orderId}`, paidAmount: payAmount, paidAt: new Date().toISOString() };
    await this.post(`/v1/orders/${orderId}/payment`, cast.tokens.payment, payment);
    await this.post(`/v1/orders/${orderId}/acceptance`, cast.tokens.merchant, {});
    return orderId;
  }

  /** Waits until the delivery is in `state`. */
  reaches(orderId: string, state: DeliveryDocument['state']): Promise<DeliveryDocument> {
    const look = async (): Promise<DeliveryDocument | undefined> => {
      const found = await this.deliveries.get<DeliveryDocument>(`/v1/deliveries/${orderId}`).catch(() => undefined);
      return found?.state === state ? found : undefined;
    };
    return until(look, `the delivery of order ${orderId} is ${state}`);
  }

  /** As the merchant does, with no more than he may. */
  async recall(orderId: string, { merchantId }: Cast): Promise<void> {
    const merchant = await DeliveryApi.open({ merchant: merchantId, grants: CallerGrant.DELIVERY_COMMAND });
    await merchant.send('POST', `/v1/deliveries/${orderId}/recall`, {});
  }

  async timeline(orderId: string): Promise<DeliveryTimeline['entries']> {
    return (await this.deliveries.get<DeliveryTimeline>(`/v1/deliveries/${orderId}/timeline`)).entries;
  }

  /** Waits until the order is in `status`; answers how it is otherwise. */
  async orderStatus(orderId: string, status: string, cast: Cast): Promise<string> {
    const read = (): Promise<Answer> =>
      this.orders.call({ method: 'GET', path: `/v1/orders/${orderId}`, token: cast.tokens.user });
    const look = async () => (memberOf(await read(), 'status') === status ? status : undefined);
    return until(look, `order ${orderId} is ${status}`).catch(async () => memberOf(await read(), 'status'));
  }

  /** What was granted for the order, once all of it is paid. */
  async compensationsOf(orderId: string, count: number): Promise<readonly CompensationDocument[]> {
    const read = async (): Promise<readonly CompensationDocument[]> => {
      const path = `/v1/orders/${orderId}/compensations`;
      return (await this.compensations.send<{ compensations: CompensationDocument[] }>('GET', path)).compensations;
    };
    const look = async () => {
      const found = await read();
      return found.length >= count && found.every(({ status }) => status === 'PAID') ? found : undefined;
    };
    return until(look, `order ${orderId} is compensated`).catch(read);
  }

  private async post(path: string, token: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    const answer = await this.orders.call({ method: 'POST', path, token, body, idempotencyKey: randomUUID() });
    if (answer.http < 300) return answer;
    throw transient('REQUEST_TIMEOUT', `${path} answers ${answer.http} ${memberOf(answer, 'code')}`, WITHIN_MS);
  }
}

const laneOf = (minutes: number) => ({
  ...{ originArea: `${CITY}-shop-${minutes}`, destinationArea: `${CITY}-door`, serviceProduct: PRODUCT },
});

async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const giveUpMs = performance.now() + WITHIN_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpMs) throw transient('REQUEST_TIMEOUT', `not within ${WITHIN_MS} ms: ${what}`, 0);
    await sleep(POLL_MS);
  }
}
