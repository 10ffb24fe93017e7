/** The gRPC service: the same handlers, rules and problems as REST, in protobuf. */
import { status as GrpcCode } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anId, aPlaceOrder, aServiceToken, aUserToken, eventually, type PlaceOrderBody } from '@ordo/testing';
import { GrpcClient } from '../harness/grpc-client.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

let app: OrderProcess;
let service: GrpcClient;
let rest: RestClient;
const clients: GrpcClient[] = [];

beforeAll(async () => {
  app = await OrderProcess.start();
  service = await as(aServiceToken());
  rest = new RestClient(app.url, await aServiceToken());
}, 60_000);

afterAll(async () => {
  for (const client of clients) client.close();
  await app?.stop();
});

async function as(token: Promise<string> | undefined): Promise<GrpcClient> {
  const client = new GrpcClient(app.grpcAddress, await token);
  clients.push(client);
  return client;
}

const messageOf = ({ extension, ...order }: PlaceOrderBody, idempotencyKey = anId()): object => ({
  ...order,
  idempotencyKey,
  ...(extension === undefined ? {} : { extensionJson: JSON.stringify(extension) }),
});

async function placed(order: PlaceOrderBody): Promise<string> {
  const { order: answer } = (await service.call('PlaceOrder', messageOf(order))) as { order: { orderId: string } };
  return answer.orderId;
}

/** REST shows null where protobuf leaves out, and the extension as an object. */
function restDocumentOf(message: Record<string, unknown>): Record<string, unknown> {
  const { extensionJson, ...fields } = message;
  return { ...fields, extension: JSON.parse(String(extensionJson)) };
}
const withoutNulls = (document: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(document).filter(([, value]) => value !== null));

describe('ordo.order.v1', () => {
  test('an order goes through its whole life, and every answer is the document that REST shows', async () => {
    const order = aPlaceOrder({ extension: { tablewareCount: 2 }, discounts: [], fees: { delivery: 0 } });
    const orderId = await placed(order);
    const at = { orderId };
    const paidAt = new Date().toISOString();
    await service.call('ConfirmPayment', { ...at, paymentId: 'p', paidAmount: order.payAmount, paidAt });
    await service.call('AcceptOrder', at);
    await service.call('ReceiveOrder', { ...at, role: 5, note: 'at the door' });
    const completed = await service.call('CompleteOrder', at);
    expect(completed).toMatchObject({ orderId, status: 'COMPLETED', version: 5 });
    const serial = await eventually(async () => {
      const read = await service.call('GetOrder', at);
      return read['daySerial'] === undefined ? undefined : read;
    }, 'the serial is given');
    const shown = await rest.get(`/v1/orders/${orderId}`);
    expect(restDocumentOf(serial)).toEqual(withoutNulls(shown.body));
    const timeline = await eventually(async () => {
      const { entries } = (await service.call('GetTimeline', at)) as { entries?: object[] };
      return entries?.length === 5 ? entries : undefined;
    }, 'the timeline is projected');
    expect(timeline[3]).toMatchObject({ type: 'order.received', role: 5, note: 'at the door' });
  });

  test('amounts and quantities that are zero are not taken for absent ones', async () => {
    const free = aPlaceOrder({
      items: [{ itemId: 'f', skuId: 'f', name: 'Sample', quantity: 1, unitPrice: 0, packingFee: 0 }],
      fees: { delivery: 0 },
      discounts: [],
    });
    expect(await placed(free)).toMatch(/^\d+$/);
  });

  test('the same key and body answers the same order as replayed, over REST as well', async () => {
    const order = aPlaceOrder({ remark: 'ring twice' });
    const first = await service.call('PlaceOrder', messageOf(order, 'shared-key'));
    const again = await service.call('PlaceOrder', messageOf(order, 'shared-key'));
    expect(again).toMatchObject({ replayed: true, order: first['order'] });
    const overRest = await rest.place(order, 'shared-key');
    expect(overRest.body['orderId']).toBe((first['order'] as { orderId: string }).orderId);
    expect(overRest.headers.get('idempotency-replayed')).toBe('true');
  });

  test('lists, batches and counts answer as REST does', async () => {
    const order = aPlaceOrder();
    const { userId, merchantId } = order;
    const ids = [await placed(order), await placed(order)];
    const page = (await service.call('ListUserOrders', { userId, limit: 1 })) as {
      orders: { orderId: string }[];
      nextCursor?: string;
    };
    expect(page.orders.map(({ orderId }) => orderId)).toEqual([ids[1]]);
    const rest = await service.call('ListUserOrders', { userId, cursor: page.nextCursor });
    expect((rest['orders'] as { orderId: string }[]).map(({ orderId }) => orderId)).toEqual([ids[0]]);
    expect(rest['nextCursor']).toBeUndefined();
    const batch = await service.call('BatchGetOrders', { orderIds: [ids[0], '4294967296'] });
    expect(batch).toMatchObject({ orders: [{ orderId: ids[0] }], missing: ['4294967296'] });
    const paidAt = new Date().toISOString();
    await service.call('ConfirmPayment', { orderId: ids[0], paymentId: 'p', paidAmount: order.payAmount, paidAt });
    await eventually(async () => {
      const { counts } = (await service.call('CountMerchantOrders', { merchantId })) as { counts: { PAID?: number } };
      return counts.PAID === 1 ? true : undefined;
    }, 'the payment is counted');
    const paid = await service.call('ListMerchantOrders', { merchantId, status: 'PAID' });
    expect(paid).toMatchObject({ orders: [{ orderId: ids[0] }] });
  });
});

describe('a refused call', () => {
  test('ends with the status of its code, and carries the problem document of REST', async () => {
    const order = aPlaceOrder();
    const orderId = await placed(order);
    const stranger = await as(aUserToken(anId()));
    const anonymous = await as(undefined);
    const powerless = await as(aServiceToken({ grants: [] }));
    const cases: readonly (readonly [Promise<unknown>, number, string])[] = [
      [anonymous.refused('GetOrder', { orderId }), GrpcCode.UNAUTHENTICATED, 'UNAUTHENTICATED'],
      [powerless.refused('GetOrder', { orderId }), GrpcCode.PERMISSION_DENIED, 'FORBIDDEN'],
      [stranger.refused('GetOrder', { orderId }), GrpcCode.NOT_FOUND, 'ORDER_NOT_FOUND'],
      [service.refused('AcceptOrder', { orderId }), GrpcCode.FAILED_PRECONDITION, 'ORDER_NOT_ACCEPTABLE'],
      [service.refused('InvalidateOrder', { orderId }), GrpcCode.INVALID_ARGUMENT, 'INVALID_ARGUMENT'],
      [service.refused('GetOrder', { orderId: 'abc' }), GrpcCode.INVALID_ARGUMENT, 'INVALID_ARGUMENT'],
      [service.refused('PlaceOrder', messageOf(order, '')), GrpcCode.INVALID_ARGUMENT, 'IDEMPOTENCY_KEY_MISSING'],
    ];
    for (const [refused, status, code] of cases) {
      expect(await refused).toMatchObject({ status, problem: { code, traceId: expect.any(String) } });
    }
  });

  test('names the field and the rule of whatever is wrong', async () => {
    const order = messageOf(aPlaceOrder());
    const wrong: readonly (readonly [object, string, string])[] = [
      [{ ...order, userId: '' }, 'userId', 'decimalId'],
      [{ ...order, fees: undefined }, 'fees', 'object'],
      [{ ...order, items: [] }, 'items', 'list'],
      [{ ...order, payAmount: -1 }, 'payAmount', 'wholeNumber'],
      [{ ...order, payAmount: '9223372036854775807' }, 'payAmount', 'wholeNumber'],
      [{ ...order, extensionJson: '{' }, 'extensionJson', 'json'],
      [{ ...order, extensionJson: '[]' }, 'extension', 'jsonObject'],
    ];
    for (const [message, field, rule] of wrong) {
      const { status, problem } = await service.refused('PlaceOrder', message);
      expect([status, problem['violations']]).toEqual([
        GrpcCode.INVALID_ARGUMENT,
        [expect.objectContaining({ field, rule })],
      ]);
    }
  });

  test('of 1 MB is refused before it is read', async () => {
    const { status } = await service.refused('PlaceOrder', messageOf(aPlaceOrder({ remark: 'r'.repeat(1_000_000) })));
    expect(status).toBe(GrpcCode.RESOURCE_EXHAUSTED);
  });

  test('is counted under its code', async () => {
    const metrics = await (await fetch(`${app.url}/metrics`)).text();
    expect(metrics).toContain('operation="GRPC /ordo.order.v1.OrderService/PlaceOrder",outcome="ok"');
    expect(metrics).toContain('operation="GRPC /ordo.order.v1.OrderService/GetOrder",outcome="UNAUTHENTICATED"');
  });
});
