/** Whole lives of orders over REST, seen by callers, by an independent consumer and in the tables of both dimensions. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { aMerchantToken, aPlaceOrder, aServiceToken, aUserToken, aVirtualPlaceOrder } from '@ordo/testing';
import { DimensionReader } from '../harness/dimension-reader.js';
import { EventRecorder } from '../harness/event-recorder.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

let app: OrderProcess;
let anonymous: RestClient;
let service: RestClient;
let recorder: EventRecorder;
let reader: DimensionReader;

beforeAll(async () => {
  recorder = await EventRecorder.open();
  reader = new DimensionReader();
  app = await OrderProcess.start();
  anonymous = new RestClient(app.url);
  service = anonymous.as(await aServiceToken());
}, 60_000);

afterAll(async () => {
  await app?.stop();
  await recorder?.close();
  await reader?.close();
});

const asUser = async (userId: string): Promise<RestClient> => anonymous.as(await aUserToken(userId));
const asMerchant = async (merchantId: string): Promise<RestClient> => anonymous.as(await aMerchantToken(merchantId));

describe('the life of an order', () => {
  test('a takeout order goes from placement to completion, and every step is durable in both dimensions and announced in order', async () => {
    const order = aPlaceOrder();
    const [user, merchant] = [await asUser(order.userId), await asMerchant(order.merchantId)];
    const placed = await user.place(order);
    expect(placed.status).toBe(201);
    const orderId = String(placed.body['orderId']);
    expect(placed.headers.get('location')).toBe(`/v1/orders/${orderId}`);
    const steps = [
      await service.paid(orderId, order.payAmount),
      await merchant.post(`/v1/orders/${orderId}/acceptance`),
      await service.post(`/v1/orders/${orderId}/receipt`, { role: 5 }),
      await user.post(`/v1/orders/${orderId}/completion`),
    ];
    expect(steps.map(({ status, body }) => [status, body['status'], body['version']])).toEqual([
      [200, 'PAID', 2],
      [200, 'ACCEPTED', 3],
      [200, 'RECEIVED', 4],
      [200, 'COMPLETED', 5],
    ]);
    const heard = await recorder.untilHeard(orderId, 5);
    expect(heard.map(({ routingKey, event }) => [routingKey, event.id])).toEqual([
      ['takeout.created', `${orderId}-1`],
      ['takeout.paid', `${orderId}-2`],
      ['takeout.accepted', `${orderId}-3`],
      ['takeout.received', `${orderId}-4`],
      ['takeout.completed', `${orderId}-5`],
    ]);
    const [authority] = await reader.rowsOfUser(order.userId);
    const [projection] = await reader.rowsOfMerchant(order.merchantId);
    const { change_mark, idem_digest, ...shown } = authority ?? {};
    const { feed_version, ...projected } = projection ?? {};
    expect(projected).toEqual(shown);
    expect(Number(feed_version)).toBeGreaterThan(0);
    expect(projection).toMatchObject({ status: 50, version: 5, day_serial: 1 });
  });

  test('a virtual order is fulfilled and completed without a receipt', async () => {
    const order = aVirtualPlaceOrder();
    const [user, merchant] = [await asUser(order.userId), await asMerchant(order.merchantId)];
    const orderId = await user.placed(order);
    await service.paid(orderId, order.payAmount);
    expect((await merchant.post(`/v1/orders/${orderId}/acceptance`)).body['status']).toBe('FULFILLING');
    expect((await merchant.post(`/v1/orders/${orderId}/completion`)).body['status']).toBe('COMPLETED');
    const heard = await recorder.untilHeard(orderId, 4);
    expect(heard.map(({ routingKey }) => routingKey)).toEqual([
      'virtual.created',
      'virtual.paid',
      'virtual.accepted',
      'virtual.completed',
    ]);
  });

  test('an invalidation names its reason and role on the order, in the event and in the timeline', async () => {
    const order = aPlaceOrder();
    const merchant = await asMerchant(order.merchantId);
    const orderId = await service.placed(order);
    await service.paid(orderId, order.payAmount);
    const answer = await merchant.post(`/v1/orders/${orderId}/invalidation`, {
      reasonCode: 5,
      role: 3,
      note: 'no noodles',
    });
    expect(answer.body).toMatchObject({ status: 'INVALID', reasonCode: 5, role: 3, deadlineAt: null });
    const heard = await recorder.untilHeard(orderId, 3);
    expect(heard[2]).toMatchObject({ routingKey: 'takeout.invalidated', event: { role: 3, data: { reasonCode: 5 } } });
    expect(JSON.stringify(heard)).not.toContain('no noodles');
    const timeline = await merchant.get<{ entries: unknown[] }>(`/v1/orders/${orderId}/timeline`);
    expect(timeline.body.entries).toHaveLength(3);
    expect(timeline.body.entries[2]).toMatchObject({
      type: 'order.invalidated',
      version: 3,
      role: 3,
      note: 'no noodles',
    });
  });

  test('a payment after closing changes no state and is announced as late; the same payment again changes nothing', async () => {
    const order = aPlaceOrder();
    const user = await asUser(order.userId);
    const orderId = await user.placed(order);
    await user.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 13 });
    const late = await service.paid(orderId, order.payAmount);
    expect(late.body).toMatchObject({ status: 'INVALID', tags: ['LATE_PAYMENT'], version: 3 });
    expect((await service.paid(orderId, order.payAmount)).body['version']).toBe(3);
    const heard = await recorder.untilHeard(orderId, 3);
    expect(heard[2]?.event).toMatchObject({
      type: 'ordo.order.late_payment.v1',
      data: { kind: 'LATE', paidAmount: order.payAmount },
    });
  });

  test('a second payment of a paid order is recorded as a duplicate, and the first one stays the effective one', async () => {
    const order = aPlaceOrder();
    const orderId = await service.placed(order);
    await service.paid(orderId, order.payAmount, 'first');
    expect((await service.paid(orderId, order.payAmount, 'second')).body['status']).toBe('PAID');
    const heard = await recorder.untilHeard(orderId, 3);
    expect(heard[2]?.event.data).toMatchObject({ kind: 'DUPLICATE', paymentId: 'second' });
    expect((await reader.rowsOfUser(order.userId))[0]).toMatchObject({ payment_id: 'first' });
  });

  test('serials of one merchant and day are unique and rise with the payments', async () => {
    const { merchantId } = aPlaceOrder();
    const serials: unknown[] = [];
    for (let count = 0; count < 5; count += 1) {
      const order = aPlaceOrder({ merchantId });
      const orderId = await service.placed(order);
      await service.paid(orderId, order.payAmount);
      await recorder.untilHeard(orderId, 2);
      serials.push((await service.get(`/v1/orders/${orderId}`)).body['daySerial']);
    }
    expect(serials).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('one key, one order', () => {
  test('fifty concurrent calls with one key place one order, and all are told the same number', async () => {
    const order = aPlaceOrder();
    const user = await asUser(order.userId);
    const answers = await Promise.all(Array.from({ length: 50 }, () => user.place(order, 'one-key')));
    expect(answers.map(({ status }) => status)).toEqual(new Array(50).fill(201));
    expect(new Set(answers.map(({ body }) => body['orderId'])).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(49);
    expect(await reader.rowsOfUser(order.userId)).toHaveLength(1);
  });

  test('the same key with another body is refused, and names the order that has it', async () => {
    const order = aPlaceOrder();
    const user = await asUser(order.userId);
    const orderId = String((await user.place(order, 'reused')).body['orderId']);
    const refused = await user.place({ ...order, remark: 'other' }, 'reused');
    expect([refused.status, refused.body['code'], refused.body['orderId']]).toEqual([
      422,
      'IDEMPOTENCY_KEY_REUSED',
      orderId,
    ]);
    expect(await reader.rowsOfUser(order.userId)).toHaveLength(1);
  });

  test('a body whose properties come in another order is the same body', async () => {
    const order = aPlaceOrder({ extension: { tablewareCount: 1, selfPickup: false } });
    const user = await asUser(order.userId);
    const first = await user.place(order, 'shuffled');
    const shuffled = Object.fromEntries(Object.entries(order).reverse());
    const again = await user.place({ ...shuffled, extension: { selfPickup: false, tablewareCount: 1 } }, 'shuffled');
    expect([again.status, again.body['orderId']]).toEqual([201, first.body['orderId']]);
  });

  test('two users may use the same key', async () => {
    const [one, other] = [aPlaceOrder(), aPlaceOrder()];
    const first = await (await asUser(one.userId)).place(one, 'same');
    const second = await (await asUser(other.userId)).place(other, 'same');
    expect(first.body['orderId']).not.toBe(second.body['orderId']);
  });
});

describe('two writers', () => {
  test('of a completion and an invalidation that race one wins, and the other is told the state that it lost to', async () => {
    for (let round = 0; round < 10; round += 1) {
      const order = aPlaceOrder();
      const orderId = await service.placed(order);
      await service.paid(orderId, order.payAmount);
      await service.post(`/v1/orders/${orderId}/acceptance`);
      await service.post(`/v1/orders/${orderId}/receipt`);
      const calls = [
        () => service.post(`/v1/orders/${orderId}/completion`),
        () => service.post(`/v1/orders/${orderId}/invalidation`, { reasonCode: 0, role: 4 }),
      ];
      if (round % 2 === 1) calls.reverse();
      const answers = await Promise.all(calls.map((call) => call()));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
      const reached = answers.find(({ status }) => status === 200)?.body['status'];
      expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ currentStatus: reached });
      expect((await service.get(`/v1/orders/${orderId}`)).body).toMatchObject({ status: reached, version: 5 });
    }
  });
});

describe('what a process leaves behind', () => {
  test('a stop under load ends with code 0, and whatever was acknowledged is published by the other process', async () => {
    const other = await OrderProcess.start({ roles: 'api' });
    const client = new RestClient(other.url, await aServiceToken());
    const first = await client.place(aPlaceOrder());
    const underWay = Array.from({ length: 40 }, () => client.place(aPlaceOrder()).catch(() => undefined));
    const code = await other.stop();
    const answers = [first, ...(await Promise.all(underWay))];
    const placed = answers.flatMap((answer) => (answer?.status === 201 ? [String(answer.body['orderId'])] : []));
    expect(code).toBe(0);
    for (const orderId of placed) await recorder.untilHeard(orderId, 1);
  });
});
