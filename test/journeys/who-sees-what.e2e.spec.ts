/** P10 from the outside: 401, 403, and 404 where existence itself would leak. Lists, counts and batches show a caller its own. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  aMerchantToken,
  anId,
  aPlaceOrder,
  aServiceToken,
  aToken,
  aUserToken,
  eventually,
  type PlaceOrderBody,
} from '@ordo/testing';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

interface Page {
  readonly orders: readonly { readonly orderId: string; readonly status: string }[];
  readonly nextCursor: string | null;
}

let app: OrderProcess;
let anonymous: RestClient;
let service: RestClient;
const order: PlaceOrderBody = aPlaceOrder();
let user: RestClient;
let merchant: RestClient;
let stranger: RestClient;
let otherMerchant: RestClient;
let unpaid: string;
let paid: string;

beforeAll(async () => {
  app = await OrderProcess.start();
  anonymous = new RestClient(app.url);
  service = anonymous.as(await aServiceToken());
  user = anonymous.as(await aUserToken(order.userId));
  merchant = anonymous.as(await aMerchantToken(order.merchantId));
  stranger = anonymous.as(await aUserToken(anId()));
  otherMerchant = anonymous.as(await aMerchantToken(anId()));
  unpaid = await user.placed(order);
  paid = await user.placed(order);
  await service.paid(paid, order.payAmount);
  await eventually(async () => {
    const { body } = await merchant.get<Page>(`/v1/merchants/${order.merchantId}/orders`);
    return body.orders.length === 1 ? true : undefined;
  }, 'the paid order is projected');
}, 60_000);

afterAll(async () => {
  await app?.stop();
});

const answers = async (
  client: RestClient,
  calls: readonly (readonly [string, string, unknown?])[],
): Promise<unknown[]> =>
  Promise.all(
    calls.map(async ([method, path, body]) => {
      const { status, body: problem } = await client.send(method, path, body);
      return [status, problem['code']];
    }),
  );

describe('without a valid token', () => {
  test('no operation tells anything: 401 with the rule, and the document needs no token', async () => {
    const expired = await aUserToken(order.userId, { issuedAtMs: Date.now() - 7_200_000 });
    const foreign = await aUserToken(order.userId, { issuer: 'somebody' });
    const clients = [anonymous, anonymous.as(expired), anonymous.as(foreign), anonymous.as('not.a.token')];
    for (const client of clients) {
      const { status, headers, body } = await client.get(`/v1/orders/${paid}`);
      expect([status, body['code']]).toEqual([401, 'UNAUTHENTICATED']);
      expect(headers.get('www-authenticate')).toContain('Bearer');
    }
    expect((await anonymous.get('/openapi.json')).status).toBe(200);
  });
});

describe('without the grant of the operation', () => {
  test('every operation answers 403, also for an order that does not exist', async () => {
    const powerless = anonymous.as(await aToken({ grants: [] }));
    const calls = [
      ['GET', `/v1/orders/${paid}`],
      ['GET', '/v1/orders/4294967296'],
      ['GET', `/v1/orders/${paid}/timeline`],
      ['POST', '/v1/orders/batch-get', { orderIds: [paid] }],
      ['POST', '/v1/orders', order],
      ['POST', `/v1/orders/${paid}/payment`, {}],
      ['POST', `/v1/orders/${paid}/acceptance`],
      ['POST', `/v1/orders/${paid}/receipt`],
      ['POST', `/v1/orders/${paid}/completion`],
      ['POST', `/v1/orders/${paid}/invalidation`, {}],
      ['GET', `/v1/users/${order.userId}/orders`],
      ['GET', `/v1/merchants/${order.merchantId}/orders`],
      ['GET', `/v1/merchants/${order.merchantId}/order-counts`],
    ] as const;
    expect(await answers(powerless, calls)).toEqual(calls.map(() => [403, 'FORBIDDEN']));
  });
});

describe('somebody else’s order', () => {
  test('is answered to a stranger in the very words of one that does not exist, for reads and for changes', async () => {
    const absent = '4294967296';
    const calls = (orderId: string) =>
      [
        ['GET', `/v1/orders/${orderId}`],
        ['GET', `/v1/orders/${orderId}/timeline`],
        ['POST', `/v1/orders/${orderId}/payment`, { paymentId: 'x', paidAmount: 1, paidAt: '2026-11-20T10:00:00Z' }],
        ['POST', `/v1/orders/${orderId}/acceptance`],
        ['POST', `/v1/orders/${orderId}/receipt`],
        ['POST', `/v1/orders/${orderId}/completion`],
        ['POST', `/v1/orders/${orderId}/invalidation`, { reasonCode: 13 }],
      ] as const;
    for (const client of [stranger, otherMerchant]) {
      for (const [method, path, body] of calls(paid)) {
        const { traceId: _trace, ...hidden } = (await client.send(method, path, body)).body;
        const { traceId: _other, ...missing } = (await client.send(method, path.replace(paid, absent), body)).body;
        expect(hidden).toMatchObject({ status: 404, code: 'ORDER_NOT_FOUND' });
        expect(JSON.stringify(hidden).replaceAll(paid, absent)).toBe(JSON.stringify(missing));
      }
    }
    expect((await service.get(`/v1/orders/${paid}`)).body['version']).toBe(2);
  });

  test('does not appear in a batch: it is listed as missing, beside ids that were never given out', async () => {
    const asked = { orderIds: [paid, '4294967296', unpaid, paid] };
    const mine = await user.post<{ orders: { orderId: string }[]; missing: string[] }>('/v1/orders/batch-get', asked);
    expect(mine.body.orders.map(({ orderId }) => orderId)).toEqual([paid, unpaid]);
    expect(mine.body.missing).toEqual(['4294967296']);
    const theirs = await stranger.post('/v1/orders/batch-get', asked);
    expect(theirs.body).toEqual({ orders: [], missing: [paid, '4294967296', unpaid] });
    const shop = await merchant.post<{ orders: { orderId: string }[]; missing: string[] }>(
      '/v1/orders/batch-get',
      asked,
    );
    expect(shop.body.orders.map(({ orderId }) => orderId)).toEqual([paid]);
    expect(shop.body.missing).toEqual(['4294967296', unpaid]);
  });

  test('cannot be placed for another user, nor listed or counted', async () => {
    const { userId, merchantId } = order;
    expect((await stranger.place(order)).body['code']).toBe('FORBIDDEN');
    expect((await merchant.place(order)).body['code']).toBe('FORBIDDEN');
    const calls = [
      ['GET', `/v1/users/${userId}/orders`],
      ['GET', `/v1/merchants/${merchantId}/orders`],
      ['GET', `/v1/merchants/${merchantId}/order-counts`],
    ] as const;
    for (const client of [stranger, otherMerchant]) {
      expect(await answers(client, calls)).toEqual(calls.map(() => [403, 'FORBIDDEN']));
    }
    expect(await answers(merchant, calls.slice(0, 1))).toEqual([[403, 'FORBIDDEN']]);
    expect(await answers(user, calls.slice(1))).toEqual(calls.slice(1).map(() => [403, 'FORBIDDEN']));
  });
});

describe('a merchant', () => {
  test('sees an order only once it was paid, by id, in its list and in its counts', async () => {
    expect((await merchant.get(`/v1/orders/${unpaid}`)).status).toBe(404);
    expect((await merchant.get(`/v1/orders/${paid}`)).status).toBe(200);
    const list = `/v1/merchants/${order.merchantId}/orders`;
    const idsOf = async (client: RestClient, query = ''): Promise<string[]> =>
      (await client.get<Page>(`${list}${query}`)).body.orders.map(({ orderId }) => orderId);
    expect(await idsOf(merchant)).toEqual([paid]);
    expect(await idsOf(merchant, '?status=PAID')).toEqual([paid]);
    expect(await idsOf(merchant, '?status=CREATED')).toEqual([]);
    expect(await idsOf(service, '?status=CREATED')).toEqual([unpaid]);
    const today = new Date().toISOString().slice(0, 10);
    expect(await idsOf(merchant, `?businessDate=${today}&status=PAID`)).toEqual([paid]);
    expect(await idsOf(merchant, '?businessDate=2025-01-01')).toEqual([]);
    const counts = await merchant.get(`/v1/merchants/${order.merchantId}/order-counts?businessDate=${today}`);
    expect(counts.body['counts']).toMatchObject({ CREATED: 0, PAID: 1, INVALID: 0 });
  });

  test('may not act as the system, nor a user as a merchant', async () => {
    const invalidation = { reasonCode: 5, role: 2 };
    expect((await merchant.post(`/v1/orders/${paid}/invalidation`, invalidation)).body['code']).toBe('FORBIDDEN');
    expect((await user.post(`/v1/orders/${paid}/invalidation`, { ...invalidation, role: 3 })).body['code']).toBe(
      'FORBIDDEN',
    );
    const accepted = await user.post(`/v1/orders/${paid}/acceptance`);
    expect(accepted.body).toMatchObject({ status: 409, code: 'ORDER_NOT_ACCEPTABLE', reason: 'ROLE_NOT_ALLOWED' });
  });
});
