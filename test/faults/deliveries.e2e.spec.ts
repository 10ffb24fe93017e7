/**
 * Deliveries under fire (P8, P9): a carrier that is gone, a worker that is killed again and again, and reports that repeat, skip and
 * overtake. Afterwards every order has exactly one waybill alive, was called once, is delivered, and was received once. Counts are printed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { DeliveryStage } from '../harness/delivery-stage.js';

/** A minute is promised; `npm test` has nine seconds for it, in which half of the instants of a re-push pass as well. */
const AWAY_MS = Number(process.env['ORDO_FAULT_AWAY_SECONDS'] ?? 9) * 1_000;
/** What an acceptance may take beside its usual time: nothing of it waits for a carrier. */
const UNHARMED_TIMES = 3;
const UNHARMED_MS = 100;
const ORDERS_DURING_OUTAGE = 40;
const ORDERS_UNDER_FIRE = 30;
/** Every step of a worker is cut by killed-worker.db.spec; here it is a process. */
const KILLS = Number(process.env['ORDO_FAULT_KILLS'] ?? 2);
const BETWEEN_KILLS_MS = 2_000;
const CASE_MS = 400_000;

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await DeliveryStage.open({ deliveries: ['api', 'worker'] });
}, CASE_MS);
afterEach(() => stage.carrier.clear());
afterAll(() => stage?.close(), CASE_MS);

interface Seen {
  readonly delivered: number;
  readonly received: number;
  readonly waybillsOfCarrier: number;
  readonly activeAttempts: number;
}

/** What became of these orders, counted at the carrier and at both apps. */
const seenOf = async (orderIds: readonly string[]): Promise<Seen> => {
  const { byWaybill } = await stage.carrier.book();
  let [delivered, received, activeAttempts, waybillsOfCarrier] = [0, 0, 0, 0];
  for (const orderId of orderIds) {
    const entries = await stage.timeline(orderId);
    delivered += entries.filter(({ type }) => type === 'delivery.delivered').length;
    activeAttempts += (await stage.read(orderId))?.attempt ?? 0;
    const { body } = await stage.orders.get<{ entries: { type: string }[] }>(`/v1/orders/${orderId}/timeline`);
    received += body.entries.filter(({ type }) => type === 'order.received').length;
    waybillsOfCarrier += Object.keys(byWaybill).filter((id) => id.startsWith(`${orderId}-`)).length;
  }
  return { delivered, received, waybillsOfCarrier, activeAttempts };
};

const allReceived = async (orderIds: readonly string[], withinMs: number): Promise<void> => {
  const look = async (): Promise<boolean> => {
    const { body } = await stage.orders.post<{ orders: { status: string }[] }>('/v1/orders/batch-get', { orderIds });
    return body.orders.every(({ status }) => status === 'RECEIVED');
  };
  await eventually(look, `${orderIds.length} orders are received`, withinMs);
};

const quantile = (values: readonly number[], part: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;

/** One after the other, as an even load; answers ids and how long each acceptance took. */
const accept = async (count: number, overMs: number) => {
  const orderIds: string[] = [];
  const tookMs: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const begunMs = performance.now();
    orderIds.push(await stage.accepted());
    tookMs.push(performance.now() - begunMs);
    await pause(Math.max(0, overMs / count - (performance.now() - begunMs)));
  }
  return { orderIds, tookMs };
};

describe('a carrier that is away', () => {
  it(
    'harms no acceptance, and has every hand-off once it is back, each once',
    async () => {
      const before = await accept(10, 3_000);
      await stage.carrier.weather({ silent: true });
      const during = await accept(ORDERS_DURING_OUTAGE, AWAY_MS);
      const orders = during.orderIds;
      await stage.carrier.clear();
      const backMs = performance.now();
      await allReceived(orders, 150_000);
      const seen = await seenOf(orders);
      const [usual = 0, away = 0] = [quantile(before.tookMs, 0.5), quantile(during.tookMs, 0.5)].map(Math.round);
      console.log(
        `carrier away ${AWAY_MS / 1_000} s: ${orders.length} orders accepted (median ${away} ms, ${usual} ms before), ` +
          `all received ${Math.round((performance.now() - backMs) / 1_000)} s after it was back; ${JSON.stringify(seen)}`,
      );
      const all = orders.length;
      expect(seen).toEqual({ delivered: all, received: all, waybillsOfCarrier: all, activeAttempts: all });
      expect(away).toBeLessThan(usual * UNHARMED_TIMES + UNHARMED_MS);
    },
    CASE_MS,
  );
});

describe('a worker that is killed again and again, with reports that repeat, skip and overtake', () => {
  it(
    'leaves one waybill alive per order, the same end for all, and no receipt twice',
    async () => {
      await stage.carrier.weather({ seed: 7, lostAnswer: 0.2, fault: 0.2, twice: 0.5, shuffled: 0.3, skipped: 0.3 });
      let worker = stage.deliveries[1];
      if (worker === undefined) throw new Error('the stage has no worker');
      const accepting = accept(ORDERS_UNDER_FIRE, KILLS * BETWEEN_KILLS_MS);
      for (let kill = 0; kill < KILLS; kill += 1) {
        await pause(BETWEEN_KILLS_MS * (0.5 + Math.random()));
        await worker.kill();
        worker = await stage.startDelivery('worker', { successorOf: worker });
        stage.deliveries[1] = worker;
      }
      const { orderIds } = await accepting;
      await allReceived(orderIds, 150_000);
      const seen = await seenOf(orderIds);
      const { calls, duplicates, conflicts } = await stage.carrier.book();
      console.log(
        `worker killed ${KILLS} times: ${JSON.stringify({ orders: orderIds.length, ...seen, calls, duplicates, conflicts })}`,
      );
      const all = orderIds.length;
      expect(seen).toEqual({ delivered: all, received: all, waybillsOfCarrier: all, activeAttempts: all });
      expect(conflicts).toBe(0);
    },
    CASE_MS,
  );
});
