/**
 * Promise P7 with the whole app: a hundred callers at each order, a channel that loses, repeats, refuses and falls silent, and processes that are
 * killed between any two steps. Nothing is paid twice, nothing is lost, everything ends. Prints its counts.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aMerchantToken, aPlaceOrder, aUserToken, eventually, type PlaceOrderBody } from '@ordo/testing';
import { AftersaleStage, type Document } from '../harness/aftersale-stage.js';
import type { OrderProcess } from '../harness/order-process.js';
import { type Answer, RestClient } from '../harness/rest-client.js';

const ORDERS = 2;
const CALLS_PER_ORDER = 100;
const CASE_MS = 240_000;
/** Both processes are away for some seconds each. */
const ATTEMPTS = 12;
const AGAIN_MS = 700;
const STORM = {
  ...{ seed: 11, lostRequest: 0.1, lostAnswer: 0.15, fault: 0.05, faultAfter: 0.05, rateLimited: 0.05, failed: 0.05 },
  ...{ noCallback: 0.4, twice: 0.3, outOfOrder: 0.3, delayMs: 20, settleMs: 100, callbackMs: 300 },
};
const CALM = { seed: 12, delayMs: 5, settleMs: 50, callbackMs: 100 };
const ended: readonly unknown[] = ['SUCCEEDED', 'WITHDRAWN', 'REJECTED_FINAL'];

interface Played {
  readonly orderId: string;
  readonly paid: number;
  readonly user: string;
  readonly merchant: string;
}

/** What a caller was told; status 0: nothing. */
interface Told {
  readonly status: number;
  readonly refundId?: unknown;
}

let stage: AftersaleStage;
let second: OrderProcess;
let repeats = 0;

beforeAll(async () => {
  stage = await AftersaleStage.open();
  second = await stage.start('api,worker');
}, CASE_MS);

afterAll(async () => {
  if (second?.hasEnded === false) await second.stop();
  await stage?.end();
}, CASE_MS);

const refundsOf = async (orderId: string): Promise<Document[]> =>
  ((await stage.whole(orderId))['refunds'] ?? []) as Document[];
/** One caller of the hundred: applies, begins a refund of his own, or agrees to whatever is open. */
async function ask({ orderId, user, merchant }: Played, at: number, url: string, key: string): Promise<Answer> {
  const as = (token: string): RestClient => new RestClient(url, token);
  const part = { orderId, scope: 'AMOUNT', amount: 150 + at };
  const keyed = (client: RestClient, path: string, body: Document): Promise<Answer> =>
    client.send('POST', path, { reason: 'spec', ...body }, { 'idempotency-key': key });
  if (at % 4 === 0) return keyed(as(user), '/v1/refunds', part);
  if (at % 4 === 1) return keyed(as(merchant), '/v1/refunds/started', part);
  const { body } = await as(user).get(`/v1/orders/${orderId}/refunds`);
  const open = ((body['refunds'] ?? []) as Document[]).find(({ status }) => status === 'APPLIED');
  if (open === undefined) return keyed(as(user), '/v1/refunds', { ...part, scope: 'FULL', amount: undefined });
  return as(merchant).post(`/v1/refunds/${String(open['refundId'])}/agreement`);
}

/** As good callers do: who got no answer, or was told to come again, comes again with the same key, to whichever process is there. */
async function call(played: Played, at: number): Promise<Told> {
  const key = randomUUID();
  await pause(at * 10);
  let told: Told = { status: 0 };
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const { url } = (at + attempt) % 2 === 0 ? stage.aftersale : second;
    told = await ask(played, at, url, key).then(
      ({ status, body }) => ({ status, refundId: status < 300 ? body['refundId'] : undefined }),
      () => ({ status: 0 }),
    );
    if (told.status > 0 && told.status < 500) return told;
    repeats += 1;
    await pause(AGAIN_MS);
  }
  return told;
}

/** Both processes die by turns while the callers call; a successor takes the ports of the one whose address the channel knows. */
async function killThem(): Promise<number> {
  await pause(500);
  await stage.aftersale.kill();
  await stage.simulator.weather({ ...STORM, silent: true });
  await stage.again();
  await second.kill();
  second = await stage.start('api,worker');
  await stage.simulator.weather(STORM);
  return 2;
}

/** What is open is agreed to, until everything has ended. */
async function untilEnded({ orderId, merchant }: Played): Promise<Document[]> {
  const look = async (): Promise<Document[] | undefined> => {
    const refunds = await refundsOf(orderId);
    for (const { refundId, status } of refunds) {
      if (status === 'APPLIED') await stage.refunds.as(merchant).post(`/v1/refunds/${String(refundId)}/agreement`);
    }
    return refunds.length > 0 && refunds.every(({ status }) => ended.includes(status)) ? refunds : undefined;
  };
  return eventually(look, `all refunds of ${orderId} have ended`, 150_000);
}

async function play(): Promise<Played> {
  const order: PlaceOrderBody = aPlaceOrder();
  const orderId = await stage.completed(order);
  const [user, merchant] = [await aUserToken(order.userId), await aMerchantToken(order.merchantId)];
  return { orderId, paid: order.payAmount, user, merchant };
}

describe('refunds under fire', () => {
  it(
    'never exceed what was paid, are the same sum at the channel, use no number twice, and all end',
    async () => {
      const played = await Promise.all(Array.from({ length: ORDERS }, play));
      await stage.simulator.weather(STORM);
      const calls = played.flatMap((each) => Array.from({ length: CALLS_PER_ORDER }, (_, at) => call(each, at)));
      const [told, kills] = await Promise.all([Promise.all(calls), killThem()]);
      await stage.simulator.weather(CALM);
      const refunds = await Promise.all(played.map(untilEnded));
      const { byPayment, byNumber, doubled } = await stage.simulator.book();
      const paidBack = refunds.map((each) =>
        each.filter(({ status }) => status === 'SUCCEEDED').reduce((sum, { amount }) => sum + Number(amount), 0),
      );
      const numbers = refunds.flat().flatMap(({ refundNumber }) => (refundNumber === null ? [] : [refundNumber]));
      expect(played.map(({ orderId }) => byPayment[`pay-${orderId}`] ?? 0)).toEqual(paidBack);
      expect(played.every(({ paid }, at) => (paidBack[at] ?? 0) <= paid)).toBe(true);
      expect(doubled).toBe(0);
      expect(new Set(numbers).size).toBe(numbers.length);
      const known = Object.keys(byNumber).filter((number) => !numbers.includes(number));
      expect(known).toEqual([]);
      const kept = new Set(refunds.flat().map(({ refundId }) => refundId));
      const lost = told.filter(({ refundId }) => refundId !== undefined && !kept.has(refundId));
      expect(lost).toEqual([]);
      const count = (test: (status: number) => boolean): number => told.filter(({ status }) => test(status)).length;
      console.log(
        `refunds under fire: ${calls.length} calls (${count((each) => each === 200 || each === 201)} done, ${count((each) => each >= 400 && each < 500)} refused, ` +
          `${count((each) => each >= 500)} deferred, ${count((each) => each === 0)} without an answer, ${repeats} repeated), ${kills} kills, ${refunds.flat().length} refunds, ` +
          `${numbers.length} numbers, ${paidBack.join('+')} of ${played.map(({ paid }) => paid).join('+')} paid back, ${doubled} doubles, ${lost.length} lost`,
      );
    },
    CASE_MS,
  );
});
