/**
 * What happens to a delivery when nobody says anything: the alarm of a call that no carrier takes, the order that is received without its carrier,
 * and the verdict on a promise that time alone has broken. The promises were due long ago; no clock is changed.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Role } from '@ordo/contracts';
import { aPlaceOrder, eventually, type PlaceOrderBody } from '@ordo/testing';
import { AftersaleStage, type Document } from '../harness/aftersale-stage.js';
import { DeliveryStage } from '../harness/delivery-stage.js';
import { EventRecorder } from '../harness/event-recorder.js';
import { aPromiseToken } from '../harness/promise-token.js';

const CASE_MS = 60_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** DOMAIN §4 says a quarter of an hour; nobody waits for that here. */
const UNCLAIMED_SECONDS = 2;
/** Long enough for a call to be made and acknowledged before. */
const RECEIVE_SECONDS = 5;

let centre: AftersaleStage;
let stage: DeliveryStage;
let recorder: EventRecorder;
beforeAll(async () => {
  [centre, recorder] = await Promise.all([AftersaleStage.open(), EventRecorder.open()]);
  const environment = { ORDO_CARRIER_UNCLAIMED_SECONDS: String(UNCLAIMED_SECONDS) };
  stage = await DeliveryStage.open({ orderApp: centre.orderApp, environment });
}, 400_000);
afterAll(async () => {
  await stage?.close();
  await centre?.end();
  await recorder?.close();
}, CASE_MS);

const timesOf = (names: readonly string[], name: string): number => names.filter((each) => each === name).length;
const typesOf = async (orderId: string): Promise<string[]> => (await stage.timeline(orderId)).map(({ type }) => type);
const heardOf = (orderId: string): string[] => recorder.of(orderId).map(({ type }) => type);
const orderOf = async (orderId: string): Promise<Document> => (await stage.orders.get(`/v1/orders/${orderId}`)).body;
const promised = (agoMs: number, more: Partial<PlaceOrderBody> = {}): PlaceOrderBody =>
  aPlaceOrder({ extension: { promiseToken: aPromiseToken(Date.now() - agoMs) }, ...more });
/** Accepted, with a carrier who says that he has it, and nothing more. */
const stalled = async (body: PlaceOrderBody): Promise<string> => {
  const orderId = await stage.accepted(body, (id) => stage.carrier.plan(id, { run: 'stall' }));
  await stage.reaches(orderId, 'CALLED');
  return orderId;
};
const says = (orderId: string, state: string, more: object = {}): Promise<number> =>
  stage.carrier.report(`${orderId}-1`, { state, occurredAtMs: Date.now(), courierId: 'courier-9', ...more });
const judged = (orderId: string, what: string) =>
  eventually(async () => {
    const delivery = await stage.read(orderId);
    return delivery?.lateness === null ? undefined : delivery;
  }, `the delivery of ${orderId} is judged: ${what}`);
const grantsOf = async (orderId: string): Promise<Document[]> =>
  ((await centre.refunds.get(`/v1/orders/${orderId}/compensations`)).body['compensations'] ?? []) as Document[];
const metric = async (line: string): Promise<number> => {
  const text = await (await fetch(`${stage.api.url}/metrics`)).text();
  return Number(
    text
      .split('\n')
      .find((each) => each.startsWith(`${line} `))
      ?.split(' ')
      .at(-1) ?? 0,
  );
};

describe('a call that no carrier acknowledges', () => {
  const unclaimed = async (): Promise<string> => {
    const faults = Array.from({ length: 9 }, () => ({ before: 'fault' }) as const);
    const orderId = await stage.accepted(aPlaceOrder(), (id) => stage.carrier.plan(id, ...faults));
    await eventually(async () => (await stage.read(orderId))?.isUnclaimed, `nobody claims ${orderId}`, 30_000);
    return orderId;
  };

  it(
    'is pushed until its time is up, raises one alarm that everybody hears, and may then be delivered by the merchant',
    async () => {
      const orderId = await unclaimed();
      const entries = await stage.timeline(orderId);
      expect(entries.map(({ type, state }) => `${type} ${state}`)).toEqual([
        ...['delivery.to_call TO_CALL', 'delivery.unclaimed TO_CALL'],
      ]);
      const [called, alarmed] = entries.map(({ occurredAt }) => Date.parse(occurredAt));
      expect((alarmed ?? 0) - (called ?? 0)).toBeGreaterThanOrEqual(UNCLAIMED_SECONDS * 1_000);
      // At once, and by its timer; the instants between may pass while the machine is busy.
      expect(await metric('ordo_delivery_pushes_total{carrier="hub",outcome="failed"}')).toBeGreaterThanOrEqual(2);
      expect(await metric('ordo_delivery_unclaimed_total{carrier="hub"}')).toBe(1);
      expect(stage.api.log).toMatch(new RegExp(`"level":"error"[^\n]*${orderId}[^\n]*no carrier acknowledged`));
      await eventually(() => timesOf(heardOf(orderId), 'ordo.delivery.unclaimed.v1') === 1, 'the alarm is heard');
      const { body } = await stage.client.post(`/v1/deliveries/${orderId}/self-delivery`, { role: Role.MERCHANT });
      expect(body).toMatchObject({ state: 'SELF_DELIVERY', isUnclaimed: false, carrier: null });
    },
    CASE_MS,
  );

  it(
    'is still the carrier’s who pulls it, and the alarm is over',
    async () => {
      const orderId = await unclaimed();
      expect(await stage.carrier.pull()).toBeGreaterThan(0);
      expect(await stage.reaches(orderId, 'DELIVERED')).toMatchObject({ isUnclaimed: false, attempt: 1 });
      expect(timesOf(await typesOf(orderId), 'delivery.unclaimed')).toBe(1);
    },
    CASE_MS,
  );
});

describe('an order of whose delivery nobody says anything', () => {
  it('waits until three hours after its promise', async () => {
    const orderId = await stage.accepted(promised(-40 * MINUTE_MS));
    const dueMs = Date.parse(String((await orderOf(orderId))['deadlineAt']));
    const { promisedAt } = await eventually(() => stage.read(orderId), 'the delivery is there');
    expect(Math.abs(dueMs - Date.parse(String(promisedAt)) - 3 * HOUR_MS)).toBeLessThan(1_500);
  });

  it(
    'is then received by the system, once; its call ends, and what the carrier says afterwards changes nothing',
    async () => {
      const deadlines = { receiveSeconds: RECEIVE_SECONDS };
      const [silent, carried] = await Promise.all([
        stalled(promised(3 * HOUR_MS, { deadlines })),
        stalled(promised(3 * HOUR_MS, { deadlines })),
      ]);
      await says(carried, 'DELIVERING');
      await Promise.all([silent, carried].map((each) => stage.orderReaches(each, 'RECEIVED')));
      const ended = await stage.reaches(silent, 'NO_MORE_DELIVERY');
      expect(ended.lateness).toMatchObject({ verdict: 'LATE', exclusion: null });
      const told = async () => (await stage.carrier.book()).byWaybill[`${silent}-1`]?.cancelled;
      await eventually(told, 'the carrier is told that nobody waits any more');
      const before = await orderOf(silent);
      expect(before['role']).toBe(Role.SYSTEM);
      expect(await says(silent, 'DELIVERED')).toBe(200);
      expect(await stage.read(silent)).toEqual(ended);
      // Goods that a courier was seen with may still arrive; the order is received as it was.
      expect((await stage.read(carried))?.state).toBe('DELIVERING');
      expect(await says(carried, 'DELIVERED')).toBe(200);
      await stage.reaches(carried, 'DELIVERED');
      expect(await orderOf(silent)).toEqual(before);
      for (const orderId of [silent, carried]) {
        expect((await orderOf(orderId))['version']).toBe(before['version']);
        expect(timesOf(heardOf(orderId), 'ordo.order.received.v1')).toBe(1);
        expect(timesOf(await typesOf(orderId), 'delivery.late')).toBe(1);
      }
    },
    CASE_MS,
  );
});

describe('a promise that time alone has broken', () => {
  it(
    'is judged while nothing has arrived, told and granted once at the last tier, and the delivery that follows grants nothing more',
    async () => {
      const orderId = await stalled(promised(3 * HOUR_MS));
      const { lateness, state, deliveredAt } = await judged(orderId, 'three hours late');
      expect([lateness?.verdict, lateness?.minutesLate, state, deliveredAt]).toEqual(['LATE', 180, 'CALLED', null]);
      const due = { rule: 'late-delivery', amount: 1_300, liable: 'CARRIER' };
      await eventually(async () => (await grantsOf(orderId)).some(({ status }) => status === 'PAID'), 'it is paid');
      expect(await says(orderId, 'DELIVERED')).toBe(200);
      expect((await stage.reaches(orderId, 'DELIVERED')).lateness).toEqual(lateness);
      await stage.orderReaches(orderId, 'RECEIVED');
      await eventually(() => heardOf(orderId).includes('ordo.delivery.delivered.v1'), 'the delivery is told');
      expect(await grantsOf(orderId)).toEqual([expect.objectContaining(due)]);
      for (const type of ['ordo.delivery.late.v1', 'ordo.compensation.granted.v1', 'ordo.compensation.paid.v1']) {
        expect([type, timesOf(heardOf(orderId), type)]).toEqual([type, 1]);
      }
    },
    CASE_MS,
  );

  it(
    'is worth nothing where the user moved the address, did not answer, or either side cancelled',
    async () => {
      const arrivesLate = async (subState: string): Promise<string> => {
        const orderId = await stalled(promised(15 * MINUTE_MS));
        await says(orderId, 'EXCEPTION', { subState });
        await says(orderId, 'DELIVERED');
        return orderId;
      };
      /** Judged by the timer of its last tier, some seconds from now. */
      const cancelled = async (): Promise<string> => {
        const orderId = await stalled(promised(30 * MINUTE_MS - 6_000));
        await stage.orders.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 8, role: Role.CUSTOMER_SERVICE });
        return orderId;
      };
      const orders = await Promise.all([arrivesLate('ADDRESS_CHANGED'), arrivesLate('USER_UNREACHABLE'), cancelled()]);
      const verdicts = await Promise.all(orders.map((orderId) => judged(orderId, 'excluded')));
      expect(verdicts.map(({ lateness }) => `${lateness?.verdict} ${lateness?.exclusion}`)).toEqual([
        ...['EXCLUDED ADDRESS_MOVED', 'EXCLUDED USER_UNREACHABLE', 'EXCLUDED CANCELLED'],
      ]);
      for (const orderId of orders) {
        expect(await typesOf(orderId)).not.toContain('delivery.late');
        expect(await grantsOf(orderId)).toEqual([]);
      }
    },
    CASE_MS,
  );
});
