/** What the after-sale app does not do: typed 4xx, nothing written, nothing shown to strangers, no repeat that counts twice. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { signMessage } from '@ordo/platform';
import {
  aMerchantToken,
  anId,
  aPlaceOrder,
  aToken,
  aUserToken,
  eventually,
  type PlaceOrderBody,
  simulatedSecrets,
} from '@ordo/testing';
import { AftersaleStage, type Document } from '../harness/aftersale-stage.js';
import type { Answer, RestClient } from '../harness/rest-client.js';

let stage: AftersaleStage;
const order: PlaceOrderBody = aPlaceOrder();
let orderId: string;
let user: RestClient;
let merchant: RestClient;

beforeAll(async () => {
  stage = await AftersaleStage.open();
  user = stage.refunds.as(await aUserToken(order.userId));
  merchant = stage.refunds.as(await aMerchantToken(order.merchantId));
  orderId = await stage.completed(order);
}, 240_000);

afterAll(() => stage?.end(), 60_000);

const oneDumpling = { scope: 'ITEMS', items: [{ itemId: 'dumplings', quantity: 1 }] };
const apply = (client: RestClient, body: Document, key: string = randomUUID()): Promise<Answer> =>
  client.send('POST', '/v1/refunds', { orderId, reason: 'spec', ...body }, { 'idempotency-key': key });
const coded = async (asked: Promise<Answer>): Promise<unknown[]> => {
  const { status, body } = await asked;
  return [status, body['code']];
};
const refundsOf = async (id: string): Promise<Document[]> => (await stage.whole(id))['refunds'] as Document[];

describe('bad input', () => {
  test('is a typed 4xx that names its rule, and nothing is written', async () => {
    const unpaid = await stage.orders.placed({ ...order });
    const cases: readonly (readonly [Document, number, string])[] = [
      [{ scope: 'AMOUNT', amount: 10_000_000 }, 422, 'REFUND_EXCEEDS_PAID'],
      [{ scope: 'ITEMS', items: [{ itemId: 'dumplings', quantity: 99 }] }, 422, 'REFUND_EXCEEDS_PAID'],
      [{ scope: 'ITEMS', items: [{ itemId: 'nobody-sold-this', quantity: 1 }] }, 422, 'REFUND_ITEM_UNKNOWN'],
      [{ scope: 'ITEMS' }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'AMOUNT' }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'AMOUNT', amount: 0 }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'AMOUNT', amount: 1.5 }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'HALF' }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'FULL', reason: 'x'.repeat(257) }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'FULL', evidence: Array.from({ length: 10 }, (_, at) => `p-${at}`) }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'FULL', orderId: 'x' }, 400, 'INVALID_ARGUMENT'],
      [{ scope: 'FULL', orderId: unpaid }, 409, 'ORDER_NOT_REFUNDABLE'],
    ];
    const told = await Promise.all(cases.map(([body]) => coded(apply(user, body))));
    expect(told).toEqual(cases.map(([, status, code]) => [status, code]));
    expect(await coded(user.send('POST', '/v1/refunds', { orderId, reason: 'x', scope: 'FULL' }))).toEqual([
      400,
      'IDEMPOTENCY_KEY_MISSING',
    ]);
    expect(await Promise.all([orderId, unpaid].map(refundsOf))).toEqual([[], []]);
  }, 60_000);

  test('a window that has closed is closed for users, and open for customer service', async () => {
    const late = await stage.completed(order);
    await stage.ageCompletion(late, 25 * 3_600);
    expect(await coded(apply(user, { ...oneDumpling, orderId: late }))).toEqual([409, 'REFUND_WINDOW_CLOSED']);
    expect(await refundsOf(late)).toEqual([]);
    const body = { ...oneDumpling, orderId: late, reason: 'spec', role: 4 };
    const begun = await stage.refunds.send('POST', '/v1/refunds/started', body, { 'idempotency-key': randomUUID() });
    expect(begun.status).toBe(201);
  }, 60_000);

  test('a callback with a bad signature, a stale one, and a replayed one change nothing', async () => {
    const path = '/v1/channels/generic/callbacks';
    const raw = JSON.stringify({
      ...{ refundNumber: `${orderId}-1`, status: 'succeeded', amount: 1, currency: 'CNY', reference: 'r' },
      occurredAt: new Date().toISOString(),
    });
    const signed = (secret: string, atMs: number): Record<string, string> => ({
      ...signMessage(Buffer.from(raw), secret, atMs),
    });
    const deliver = (headers: Record<string, string>): Promise<unknown[]> =>
      coded(stage.refunds.as('').send('POST', path, raw, headers));
    expect(await deliver({})).toEqual([401, 'SIGNATURE_INVALID']);
    expect(await deliver(signed('a secret that somebody guessed', Date.now()))).toEqual([401, 'SIGNATURE_INVALID']);
    expect(await deliver(signed(simulatedSecrets.channel, Date.now() - 3_600_000))).toEqual([401, 'SIGNATURE_EXPIRED']);
    expect(await refundsOf(orderId)).toEqual([]);
  }, 60_000);
});

describe('who may see and do what', () => {
  test('strangers are told what they would be told of a refund that does not exist', async () => {
    const own = await stage.completed(order);
    const refund = await stage.applied(user, { orderId: own, ...oneDumpling });
    const path = `/v1/refunds/${String(refund['refundId'])}`;
    const stranger = stage.refunds.as(await aUserToken(anId()));
    const otherShop = stage.refunds.as(await aMerchantToken(anId()));
    const bare = stage.refunds.as(await aUserToken(order.userId, { grants: [] }));
    const roleless = stage.refunds.as(await aToken());
    const asked = [
      [stranger.get(path), 404, 'REFUND_NOT_FOUND'],
      [otherShop.get(path), 404, 'REFUND_NOT_FOUND'],
      [stranger.post(`${path}/withdrawal`), 404, 'REFUND_NOT_FOUND'],
      [otherShop.post(`${path}/agreement`), 404, 'REFUND_NOT_FOUND'],
      [apply(stranger, { ...oneDumpling, orderId: own }), 404, 'ORDER_NOT_FOUND'],
      [stranger.get(`/v1/orders/${own}/refunds`), 404, 'ORDER_NOT_FOUND'],
      [stranger.post(`/v1/orders/${own}/cancellation`), 404, 'ORDER_NOT_FOUND'],
      [stranger.get(`/v1/users/${order.userId}/refunds`), 403, 'FORBIDDEN'],
      [otherShop.get(`/v1/merchants/${order.merchantId}/refunds`), 403, 'FORBIDDEN'],
      [bare.get(path), 403, 'FORBIDDEN'],
      [stage.refunds.as('nonsense').get(path), 401, 'UNAUTHENTICATED'],
    ] as const;
    const told = await Promise.all(asked.map(([answer]) => coded(answer)));
    expect(told).toEqual(asked.map(([, status, code]) => [status, code]));
    const wrong = [
      await user.post(`${path}/agreement`),
      await merchant.post(`${path}/withdrawal`),
      await merchant.post(`${path}/ruling`, { decision: 'UPHOLD' }),
      await roleless.post(`${path}/agreement`),
    ];
    expect(wrong.every(({ status }) => status === 403 || status === 409)).toBe(true);
    expect((await user.get(path)).body).toEqual(refund);
    expect((await merchant.get(path)).body).toEqual(refund);
  }, 60_000);

  test('both lists hold one’s own, newest first, each once over the pages of a cursor', async () => {
    const walked: PlaceOrderBody = aPlaceOrder();
    const [mine, theirs] = [await aUserToken(walked.userId), await aMerchantToken(walked.merchantId)];
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const id = await stage.completed(walked);
      made.unshift(String((await stage.applied(stage.refunds.as(mine), { orderId: id, ...oneDumpling }))['refundId']));
    }
    const walk = async (token: string, path: string): Promise<string[]> => {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const page = await stage.refunds.as(token).get(`${path}?limit=2${cursor && `&cursor=${cursor}`}`);
        seen.push(...(page.body['refunds'] as Document[]).map(({ refundId }) => String(refundId)));
        cursor = page.body['nextCursor'] as string | null;
      }
      return seen;
    };
    expect(await walk(mine, `/v1/users/${walked.userId}/refunds`)).toEqual(made);
    const list = `/v1/merchants/${walked.merchantId}/refunds`;
    await eventually(async () => ((await walk(theirs, list)).length === 5 ? true : undefined), 'five are projected');
    expect(await walk(theirs, list)).toEqual(made);
  }, 60_000);
});

describe('repeats', () => {
  test('twenty at once with one key are one refund; another body is 422, another key waits its turn', async () => {
    const id = await stage.completed(order);
    const key = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => apply(user, { ...oneDumpling, orderId: id }, key)),
    );
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body['refundId'])).size).toBe(1);
    expect(answers.filter(({ headers }) => !headers.has('idempotency-replayed'))).toHaveLength(1);
    expect(await coded(apply(user, { orderId: id, scope: 'FULL' }, key))).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    expect(await coded(apply(user, { orderId: id, scope: 'FULL' }))).toEqual([409, 'REFUND_ALREADY_OPEN']);
    expect(await refundsOf(id)).toHaveLength(1);
  }, 60_000);

  test('of an agreement and a rejection at once one wins, and the loser is told the state', async () => {
    const id = await stage.completed(order);
    const { refundId } = await stage.applied(user, { orderId: id, ...oneDumpling });
    const path = `/v1/refunds/${String(refundId)}`;
    const words = Array.from({ length: 10 }, (_, at) => (at % 2 === 0 ? 'agreement' : 'rejection'));
    const answers = await Promise.all(words.map((word) => merchant.post(`${path}/${word}`)));
    const lost = answers.filter(({ status }) => status !== 200);
    expect(lost.every(({ status, body }) => status === 409 && body['currentStatus'] !== 'APPLIED')).toBe(true);
    const won = new Set(words.filter((_, at) => answers[at]?.status === 200));
    expect(won.size).toBe(1);
  }, 60_000);
});
