/** What other apps of the house need of an order: facts attached to it, and its payments. Over REST and gRPC, from the outside. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aPlaceOrder, aServiceToken, aToken, aUserToken, eventually } from '@ordo/testing';
import { EventRecorder } from '../harness/event-recorder.js';
import { GrpcClient } from '../harness/grpc-client.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

let app: OrderProcess;
let rest: RestClient;
let grpc: GrpcClient;
let recorder: EventRecorder;

beforeAll(async () => {
  recorder = await EventRecorder.open();
  app = await OrderProcess.start();
  const token = await aServiceToken();
  rest = new RestClient(app.url, token);
  grpc = new GrpcClient(app.grpcAddress, token);
}, 120_000);

afterAll(async () => {
  grpc?.close();
  await recorder?.close();
  await app?.stop();
});

describe('a tag', () => {
  test('is attached and taken off once, told each time, shown in both dimensions, and changes no state', async () => {
    const order = aPlaceOrder();
    const orderId = await rest.placed(order);
    await rest.paid(orderId, order.payAmount);
    const tagged = await rest.post(`/v1/orders/${orderId}/tags`, { add: ['AFTER_SALE_OPEN'] });
    expect(tagged).toMatchObject({ status: 200, body: { status: 'PAID', version: 3, tags: ['AFTER_SALE_OPEN'] } });
    const again = await grpc.call('TagOrder', { orderId, add: ['AFTER_SALE_OPEN'], remove: ['PREPARED'] });
    expect(again).toMatchObject({ version: 3, tags: ['AFTER_SALE_OPEN'] });
    const moved = await grpc.call('TagOrder', { orderId, add: ['FULLY_REFUNDED'], remove: ['AFTER_SALE_OPEN'] });
    expect(moved).toMatchObject({ version: 4, tags: ['FULLY_REFUNDED'] });
    const heard = await recorder.untilHeard(orderId, 4);
    expect(heard.map(({ id, type }) => [id, type]).slice(2)).toEqual([
      [`${orderId}-3`, 'ordo.order.tagged.v1'],
      [`${orderId}-4`, 'ordo.order.tagged.v1'],
    ]);
    expect(heard[3]?.event.data).toMatchObject({ added: ['FULLY_REFUNDED'], removed: ['AFTER_SALE_OPEN'] });
    const listed = await eventually(async () => {
      const { body } = await rest.get<{ orders: { tags: string[] }[] }>(`/v1/merchants/${order.merchantId}/orders`);
      return body.orders[0]?.tags.length === 1 ? body.orders[0].tags : undefined;
    }, 'the merchant sees the tag');
    expect(listed).toEqual(['FULLY_REFUNDED']);
  });

  test('is refused to a user, to an unknown name and to a tag that follows from a payment', async () => {
    const order = aPlaceOrder();
    const orderId = await rest.placed(order);
    const path = `/v1/orders/${orderId}/tags`;
    const user = await rest.as(await aUserToken(order.userId)).post(path, { add: ['REMINDED'] });
    expect([user.status, user.body['code']]).toEqual([403, 'FORBIDDEN']);
    for (const add of [['LATE_PAYMENT'], ['NONSENSE'], ['REMINDED', 'REMINDED'], 'REMINDED']) {
      expect(await rest.post(path, { add })).toMatchObject({ status: 400, body: { code: 'INVALID_ARGUMENT' } });
    }
    const bare = rest.as(await aToken({ roles: [2], grants: ['order:read'] }));
    expect((await bare.post(path, { add: ['REMINDED'] })).status).toBe(403);
    expect((await rest.get(`/v1/orders/${orderId}`)).body).toMatchObject({ version: 1, tags: [] });
  });
});

describe('the payments of an order', () => {
  test('are listed with what each of them was, late ones included', async () => {
    const order = aPlaceOrder();
    const orderId = await rest.placed(order);
    await rest.paid(orderId, order.payAmount, 'pay-first');
    await rest.paid(orderId, 77, 'pay-second');
    const { body } = await rest.get(`/v1/orders/${orderId}/payments`);
    expect(body).toMatchObject({
      ...{ orderId, currency: 'CNY' },
      payments: [
        { paymentId: 'pay-first', kind: 'EFFECTIVE', paidAmount: order.payAmount },
        { paymentId: 'pay-second', kind: 'DUPLICATE', paidAmount: 77 },
      ],
    });
    expect(await grpc.call('ListPayments', { orderId })).toEqual(body);
    const stranger = rest.as(await aUserToken('1'));
    expect((await stranger.get(`/v1/orders/${orderId}/payments`)).status).toBe(404);
  });
});
