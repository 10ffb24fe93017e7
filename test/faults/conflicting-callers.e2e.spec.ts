/**
 * Promises P4 and P5 with two api processes: duplicates of one placement are one order, and of two opposite changes one wins, whichever
 * process they meet in.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidReason, Role } from '@ordo/contracts';
import { aMerchantToken, aPlaceOrder, aServiceToken, eventually, type PlaceOrderBody } from '@ordo/testing';
import { FaultStage } from '../harness/fault-stage.js';
import { type Answer, RestClient } from '../harness/rest-client.js';

const DUPLICATES = 50;
const RACES = 50;
const CASE_MS = 60_000;

describe('callers that meet at one order', () => {
  let stage: FaultStage;
  let callers: readonly RestClient[];

  beforeAll(async () => {
    stage = await FaultStage.open({ apis: 2 });
    callers = stage.apis.map(({ url }) => new RestClient(url, stage.token));
  }, CASE_MS);

  afterAll(() => stage?.close(), CASE_MS);

  const caller = (index: number): RestClient => callers[index % callers.length] as RestClient;

  /** Fifty at once, every second one to the other process. */
  const placeAtOnce = (bodyOf: (index: number) => PlaceOrderBody, key: string): Promise<Answer[]> =>
    Promise.all(Array.from({ length: DUPLICATES }, (_, index) => caller(index).place(bodyOf(index), key)));

  it(
    'fifty placements with one key are one order, in two processes, and all are answered with it',
    async () => {
      const body = aPlaceOrder();
      const answers = await placeAtOnce(() => body, randomUUID());
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: DUPLICATES }, () => 201));
      const orderIds = new Set(answers.map((answer) => answer.body['orderId']));
      expect(orderIds.size).toBe(1);
      expect(answers.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
      expect(await stage.reader.ofUsers([body.userId])).toHaveLength(1);
      const [orderId] = [...orderIds] as string[];
      await eventually(() => stage.recorder.of(String(orderId)).length > 0, 'the one order was announced');
      console.log(
        `one key: ${DUPLICATES} calls, ${orderIds.size} order, ${stage.recorder.of(String(orderId)).length} event`,
      );
    },
    CASE_MS,
  );

  it(
    'fifty placements with one key and two bodies are one order, and every other body is told 422',
    async () => {
      const body = aPlaceOrder();
      const other = { ...body, remark: 'no coriander' };
      const bodyOf = (index: number): PlaceOrderBody => (index % 4 < 2 ? body : other);
      const answers = await placeAtOnce(bodyOf, randomUUID());
      const [winner] = answers.filter(({ status }) => status === 201);
      const won = (index: number): boolean => (bodyOf(index).remark ?? '') === winner?.body['remark'];
      expect(answers.map(({ status }) => status)).toEqual(answers.map((_, index) => (won(index) ? 201 : 422)));
      const told = answers.map((answer, index) => answer.body[won(index) ? 'orderId' : 'code']);
      expect(new Set(told)).toEqual(new Set([winner?.body['orderId'], 'IDEMPOTENCY_KEY_REUSED']));
      expect(await stage.reader.ofUsers([body.userId])).toHaveLength(1);
      console.log(
        `one key, two bodies: ${told.filter((each) => each !== 'IDEMPOTENCY_KEY_REUSED').length} × 201, 1 order`,
      );
    },
    CASE_MS,
  );

  it(
    'the same key of another user is another order',
    async () => {
      const key = randomUUID();
      const bodies = [aPlaceOrder(), aPlaceOrder()];
      const answers = await Promise.all(bodies.map((body, index) => caller(index).place(body, key)));
      expect(answers.map(({ status }) => status)).toEqual([201, 201]);
      expect(new Set(answers.map((answer) => answer.body['orderId'])).size).toBe(2);
    },
    CASE_MS,
  );

  it(
    'of an acceptance and an invalidation one wins, and the other is told the state that it lost to',
    async () => {
      const races = await Promise.all(Array.from({ length: RACES }, (_, index) => race(index)));
      const accepted = races.filter(({ statuses: [accept] }) => accept === 200);
      const ended = races.filter(({ statuses: [, end] }) => end === 200);
      console.log(`${RACES} races over two processes: ${accepted.length} accepted, ${ended.length} invalidated`);
      expect(accepted.length + ended.length).toBe(RACES);
      for (const { statuses, loser, orderId } of races) {
        const status = statuses[0] === 200 ? 'ACCEPTED' : 'INVALID';
        expect([...statuses].sort((a, b) => a - b)).toEqual([200, 409]);
        expect(loser).toMatchObject({ orderId, currentStatus: status });
        const lost = status === 'ACCEPTED' ? 'ORDER_NOT_INVALIDATABLE' : 'ORDER_NOT_ACCEPTABLE';
        expect(loser['code']).toBe(lost);
      }
    },
    CASE_MS,
  );

  it(
    'orders that were raced for have gapless versions in both dimensions, and one event for each',
    async () => {
      const races = await Promise.all(Array.from({ length: RACES }, (_, index) => race(index)));
      const heard = (orderId: string): number[] => stage.recorder.of(orderId).map(({ version }) => version);
      await eventually(() => races.every(({ orderId }) => heard(orderId).length === 3), 'three events of each order');
      expect(races.map(({ orderId }) => heard(orderId))).toEqual(races.map(() => [1, 2, 3]));
      const versions = await Promise.all(races.map((each) => stage.reader.versionsOf(each)));
      expect(versions).toEqual(races.map(() => [3, 3]));
    },
    CASE_MS,
  );

  /** Places, pays, and lets the merchant and risk control act at one moment in two processes. */
  async function race(index: number) {
    const body = aPlaceOrder();
    const orderId = await caller(index).placed(body);
    await caller(index).paid(orderId, body.payAmount);
    const merchant = caller(index).as(await aMerchantToken(body.merchantId));
    // Risk control, because a user may still cancel an order that was just accepted: both would win, one after the other.
    const risk = caller(index + 1).as(await aServiceToken({ roles: [Role.RISK_CONTROL] }));
    const accept = () => merchant.post(`/v1/orders/${orderId}/acceptance`, {});
    const end = () => risk.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: InvalidReason.RISK });
    const isAcceptFirst = index % 4 < 2;
    const sent = isAcceptFirst ? [accept(), end()] : [end(), accept()].reverse();
    const answers = await Promise.all(sent);
    const [accepted, ended] = answers as [Answer, Answer];
    const loser = (accepted.status === 200 ? ended : accepted).body;
    return { ...body, orderId, loser, statuses: [accepted.status, ended.status] as const };
  }
});
