/**
 * Promise P9 for the reverse side: while the after-sale app is away, orders are placed, led and ended at their speed, and nothing fails; when it is
 * back, every order that ended with money in it gets it back by itself. Prints its counts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aPlaceOrder, aServiceToken, eventually } from '@ordo/testing';
import { AftersaleStage, expectStatus } from '../harness/aftersale-stage.js';
import type { Ledger } from '../harness/ledger.js';
import { OrderLoad, WHOLE_LIFE } from '../harness/order-load.js';

const CASE_MS = 120_000;
/** A load far below the limit of the machine: latency is then a matter of the system and not of the queue before it. */
const CLIENTS = 4;
const REST_MS = 40;
const SPELL_MS = 4_000;
/** Orders that end with money in them while nobody is there to give it back. */
const ENDED = 24;
/** What a median of some milliseconds may become on a machine that others use; to wait for an app that is away would be seconds. */
const MAX_MEDIAN_MS = 150;

let stage: AftersaleStage;

beforeAll(async () => {
  stage = await AftersaleStage.open();
}, CASE_MS);

afterAll(() => stage?.end(), CASE_MS);

async function spell(orders: number): Promise<{ ledger: Ledger; ended: string[] }> {
  const load = OrderLoad.start({
    ...{ urls: [stage.orderApp.url], token: await aServiceToken(), clients: CLIENTS, restMs: REST_MS },
    ...{ steps: WHOLE_LIFE, body: () => aPlaceOrder() },
  });
  const ending = endWithMoney(orders);
  await pause(SPELL_MS);
  return { ledger: await load.stop(), ended: await ending };
}

async function endWithMoney(count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const orderId = await stage.paid(aPlaceOrder());
    await expectStatus(200, stage.orders.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 5, role: 3 }));
    ids.push(orderId);
  }
  return ids;
}

/** Confirmed by the channel, and told to the order. */
async function paidBack(orderId: string): Promise<number | undefined> {
  const { body } = await stage.orders.get(`/v1/orders/${orderId}`);
  if (JSON.stringify(body['tags']) !== '["FULLY_REFUNDED"]') return undefined;
  const amount = (await stage.whole(orderId))['refundedAmount'];
  return typeof amount === 'number' ? amount : undefined;
}

/** One after the other: forty-eight callers who ask all the time would be the load that is measured. */
async function allPaidBack(orderIds: readonly string[]): Promise<number[]> {
  const amounts: number[] = [];
  for (const orderId of orderIds) {
    amounts.push(await eventually(() => paidBack(orderId), `order ${orderId} has its money back`, 40_000));
  }
  return amounts;
}

const medians = (ledger: Ledger): readonly number[] =>
  (['place', 'step'] as const).map((operation) => ledger.latencyMs(0.5, operation));

describe('the order app while the after-sale app is away', () => {
  it(
    'is as fast as before and refuses nothing, and what waits is caught up with when it is back',
    async () => {
      await spell(0);
      const usual = await spell(ENDED);
      await stage.aftersale.kill();
      const away = await spell(ENDED);
      await stage.again();
      const backAt = performance.now();
      const amounts = await allPaidBack([...usual.ended, ...away.ended]);
      const caughtUpMs = performance.now() - backAt;
      const summary = await stage.simulator.book();
      const [usualMs, awayMs] = [medians(usual.ledger), medians(away.ledger)];
      console.log(
        `after-sale away: ${away.ledger.samples.length} requests, ${away.ledger.failed} failed, median placement ${usualMs[0]?.toFixed(1)} → ` +
          `${awayMs[0]?.toFixed(1)} ms, step ${usualMs[1]?.toFixed(1)} → ${awayMs[1]?.toFixed(1)} ms; ${away.ended.length} orders ended meanwhile, ` +
          `all ${amounts.length} paid back ${Math.round(caughtUpMs)} ms after the start, ${summary.doubled} doubles`,
      );
      expect(away.ledger).toMatchObject({ failed: 0, unexpected: [] });
      expect(new Set(amounts)).toEqual(new Set([aPlaceOrder().payAmount]));
      expect(summary.doubled).toBe(0);
      awayMs.forEach((ms, at) => expect(ms).toBeLessThan(Math.max(MAX_MEDIAN_MS, 3 * (usualMs[at] ?? 0))));
    },
    CASE_MS,
  );
});
