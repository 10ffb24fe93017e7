/**
 * Whatever is wrong with a request is answered with a 4xx problem that names the field and the rule, and reaches neither a table nor
 * a queue. One table, one row per kind of wrong.
 */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anId, aPlaceOrder, aServiceToken, aUserToken, type PlaceOrderBody } from '@ordo/testing';
import { DimensionReader } from '../harness/dimension-reader.js';
import { EventRecorder } from '../harness/event-recorder.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

interface Refused {
  readonly code: string;
  readonly status: number;
  readonly type: string;
  readonly title: string;
  readonly detail: string;
  readonly violations?: readonly { readonly field: string; readonly rule: string; readonly message: string }[];
}

let app: OrderProcess;
let service: RestClient;
let recorder: EventRecorder;
let reader: DimensionReader;
/** One user for every bad placement: at the end nothing may be found of it. */
const userId = anId();
const good = aPlaceOrder({ userId });
const [item] = good.items;

beforeAll(async () => {
  recorder = await EventRecorder.open();
  reader = new DimensionReader();
  app = await OrderProcess.start();
  service = new RestClient(app.url, await aServiceToken());
}, 60_000);

afterAll(async () => {
  await app?.stop();
  await recorder?.close();
  await reader?.close();
});

const withItem = (changes: object): unknown => ({ ...good, items: [{ ...item, ...changes }] });
const withItems = (items: readonly unknown[]): unknown => ({ ...good, items });
const without = (field: keyof PlaceOrderBody): unknown => {
  const { [field]: _left, ...rest } = good;
  return rest;
};

const badPlacements: readonly (readonly [string, unknown, number, string, string, string])[] = [
  ['no body', undefined, 400, 'INVALID_ARGUMENT', '', 'object'],
  ['a list as body', [], 400, 'INVALID_ARGUMENT', '', 'object'],
  ['null as body', 'null', 400, 'INVALID_ARGUMENT', '', 'object'],
  ['a body that is no JSON', '{"bizType":', 400, 'INVALID_ARGUMENT', '', 'json'],
  ['a key that would reach a prototype', '{"__proto__":{"x":1}}', 400, 'INVALID_ARGUMENT', '', 'json'],
  ['an unknown field', { ...good, coupon: 1 }, 400, 'INVALID_ARGUMENT', 'coupon', 'unknownField'],
  [
    'an unknown field of an item',
    withItem({ colour: 'red' }),
    400,
    'INVALID_ARGUMENT',
    'items[0].colour',
    'unknownField',
  ],
  ['a field of the server', { ...good, status: 'PAID' }, 400, 'INVALID_ARGUMENT', 'status', 'unknownField'],
  ['no user', without('userId'), 400, 'INVALID_ARGUMENT', 'userId', 'decimalId'],
  ['a user id that is a number', { ...good, userId: 7 }, 400, 'INVALID_ARGUMENT', 'userId', 'decimalId'],
  ['a user id with a sign', { ...good, userId: '-7' }, 400, 'INVALID_ARGUMENT', 'userId', 'decimalId'],
  ['a user id with a leading zero', { ...good, userId: '07' }, 400, 'INVALID_ARGUMENT', 'userId', 'decimalId'],
  ['a user id past 2^63', { ...good, userId: '9223372036854775808' }, 400, 'INVALID_ARGUMENT', 'userId', 'decimalId'],
  [
    'a merchant id that is SQL',
    { ...good, merchantId: "1' OR 1=1" },
    400,
    'INVALID_ARGUMENT',
    'merchantId',
    'decimalId',
  ],
  ['an unknown business type', { ...good, bizType: 'groceries' }, 400, 'BUSINESS_TYPE_UNKNOWN', 'bizType', 'enum'],
  ['a business type that is an object', { ...good, bizType: {} }, 400, 'INVALID_ARGUMENT', 'bizType', 'text'],
  ['a currency of four letters', { ...good, currency: 'CNYX' }, 400, 'INVALID_ARGUMENT', 'currency', 'text'],
  ['a negative amount', { ...good, payAmount: -1 }, 400, 'INVALID_ARGUMENT', 'payAmount', 'wholeNumber'],
  ['an amount with a fraction', { ...good, payAmount: 1.5 }, 400, 'INVALID_ARGUMENT', 'payAmount', 'wholeNumber'],
  ['an amount as text', { ...good, payAmount: '4700' }, 400, 'INVALID_ARGUMENT', 'payAmount', 'wholeNumber'],
  ['an amount past 2^53', { ...good, payAmount: 2 ** 53 }, 400, 'INVALID_ARGUMENT', 'payAmount', 'wholeNumber'],
  [
    'a unit price that overflows',
    withItem({ unitPrice: 1e300 }),
    400,
    'INVALID_ARGUMENT',
    'items[0].unitPrice',
    'wholeNumber',
  ],
  ['amounts that do not add up', { ...good, payAmount: good.payAmount + 1 }, 422, 'AMOUNT_MISMATCH', 'payAmount', '*'],
  [
    'a line that overflows',
    withItem({ unitPrice: 999_999_999_999, quantity: 9_999 }),
    400,
    'INVALID_ARGUMENT',
    'items[0].unitPrice',
    'maximum',
  ],
  ['no items', { ...good, items: [] }, 400, 'INVALID_ARGUMENT', 'items', 'list'],
  ['201 items', { ...good, items: new Array(201).fill(item) }, 400, 'INVALID_ARGUMENT', 'items', 'list'],
  ['items that are a text', { ...good, items: 'noodles' }, 400, 'INVALID_ARGUMENT', 'items', 'list'],
  ['an item that is null', { ...good, items: [null] }, 400, 'INVALID_ARGUMENT', '*', '*'],
  ['a quantity of zero', withItem({ quantity: 0 }), 400, 'INVALID_ARGUMENT', 'items[0].quantity', 'wholeNumber'],
  ['a quantity of 10,000', withItem({ quantity: 10_000 }), 400, 'INVALID_ARGUMENT', 'items[0].quantity', 'wholeNumber'],
  ['a name of 129 characters', withItem({ name: 'n'.repeat(129) }), 400, 'INVALID_ARGUMENT', 'items[0].name', 'text'],
  ['a name with a zero byte', withItem({ name: 'a\u0000b' }), 400, 'INVALID_ARGUMENT', 'items[0].name', 'text'],
  ['a name with half a character', withItem({ name: '\ud800' }), 400, 'INVALID_ARGUMENT', 'items[0].name', 'text'],
  ['a remark of 513 characters', { ...good, remark: 'r'.repeat(513) }, 400, 'INVALID_ARGUMENT', 'remark', 'text'],
  [
    '51 discounts',
    { ...good, discounts: new Array(51).fill(good.discounts[0]) },
    400,
    'INVALID_ARGUMENT',
    'discounts',
    'list',
  ],
  [
    'an unknown bearer',
    { ...good, discounts: [{ ...good.discounts[0], bearer: 'BANK' }] },
    400,
    'INVALID_ARGUMENT',
    'discounts[0].bearer',
    'oneOf',
  ],
  ['two items of one id', withItems([item, item]), 400, 'INVALID_ARGUMENT', 'items[1].itemId', 'unique'],
  [
    'a recipient without a phone',
    { ...good, recipient: { name: 'Li', address: 'x' } },
    400,
    'INVALID_ARGUMENT',
    'recipient.phone',
    'text',
  ],
  ['an extension that is a list', { ...good, extension: [] }, 400, 'INVALID_ARGUMENT', 'extension', 'jsonObject'],
  [
    'an extension that the type does not know',
    { ...good, extension: { colour: 1 } },
    400,
    'INVALID_ARGUMENT',
    'extension.colour',
    'additionalProperties',
  ],
  [
    'an extension that breaks its schema',
    { ...good, extension: { tablewareCount: -1 } },
    400,
    'INVALID_ARGUMENT',
    'extension.tablewareCount',
    'minimum',
  ],
];

function expectProblem(
  answer: { status: number; headers: Headers; body: Refused },
  status: number,
  code: string,
  field: string,
  rule: string,
) {
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({ type: expect.stringMatching(/^urn:ordo:problem:/), title: expect.any(String) });
  const violations = answer.body.violations ?? [];
  const shown = {
    status: answer.status,
    code: answer.body.code,
    field: violations[0]?.field,
    rule: violations[0]?.rule,
  };
  const any = (word: unknown, wanted: unknown): unknown => (wanted === '*' ? word : wanted);
  expect(shown).toEqual({
    status: any(shown.status, status),
    code: any(shown.code, code),
    field: any(shown.field, field),
    rule: any(shown.rule, rule),
  });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
}

describe('a placement', () => {
  test.each(badPlacements)('with %s is refused by field and rule', async (_, body, status, code, field, rule) => {
    const answer = await service.send<Refused>('POST', '/v1/orders', body, { 'idempotency-key': anId() });
    expectProblem(answer, status, code, field, rule);
  });

  test('without an idempotency key, or with a malformed one, is refused', async () => {
    const missing = await service.send<Refused>('POST', '/v1/orders', good);
    expectProblem(missing, 400, 'IDEMPOTENCY_KEY_MISSING', 'Idempotency-Key', 'required');
    for (const key of ['k'.repeat(129), 'with space']) {
      const malformed = await service.send<Refused>('POST', '/v1/orders', good, { 'idempotency-key': key });
      expectProblem(malformed, 400, 'INVALID_ARGUMENT', 'Idempotency-Key', 'format');
    }
  });

  test('of 10 MB is refused before it is read to its end', async () => {
    const answer = await service.send<Refused>('POST', '/v1/orders', { ...good, remark: 'r'.repeat(10_000_000) });
    expect([answer.status, answer.body.code]).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  test('in another format is refused', async () => {
    const answer = await service.send<Refused>('POST', '/v1/orders', 'bizType=takeout', {
      'content-type': 'text/plain',
    });
    expect([answer.status, answer.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
  });

  test('with an expired token is refused', async () => {
    const expired = new RestClient(app.url, await aUserToken(userId, { issuedAtMs: Date.now() - 7_200_000 }));
    expect((await expired.place(good)).body).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
  });
});

describe('a read', () => {
  test.each([
    ['an order id that is no number', '/v1/orders/abc', 'orderId'],
    ['an order id past 2^63', '/v1/orders/9223372036854775808', 'orderId'],
    ['an order id of 200 digits', `/v1/orders/${'9'.repeat(200)}`, 'orderId'],
    ['an order id that routes to no shard', `/v1/orders/${(127n << 25n) | (1n << 32n)}`, 'orderId'],
    ['an order id from the future', '/v1/orders/9223372036854775807', 'orderId'],
    ['an order id with a leading zero', '/v1/orders/0123', 'orderId'],
    ['a user id that is no number', '/v1/users/me/orders', 'userId'],
    ['an unknown status', '/v1/users/7/orders?status=LOST', 'status'],
    ['a status given twice', '/v1/users/7/orders?status=PAID&status=CREATED', 'status'],
    ['a limit of 0', '/v1/users/7/orders?limit=0', 'limit'],
    ['a limit of 101', '/v1/users/7/orders?limit=101', 'limit'],
    ['a limit that is no number', '/v1/users/7/orders?limit=ten', 'limit'],
    ['a malformed cursor', '/v1/users/7/orders?cursor=abc', 'cursor'],
    ['an empty cursor', '/v1/users/7/orders?cursor=', 'cursor'],
    ['a cursor of a kilobyte', `/v1/users/7/orders?cursor=${'a'.repeat(1_000)}`, 'cursor'],
    ['a day that is none', '/v1/merchants/7/orders?businessDate=2026-02-30', 'businessDate'],
    ['a day in another notation', '/v1/merchants/7/order-counts?businessDate=20261120', 'businessDate'],
    ['an unknown filter', '/v1/users/7/orders?since=1', 'since'],
  ])('with %s is refused', async (_, path, field) => {
    expectProblem(await service.get<Refused>(path), 400, 'INVALID_ARGUMENT', field, '*');
  });

  test.each([
    ['no ids', {}, 'orderIds'],
    ['101 ids', { orderIds: new Array(101).fill('1') }, 'orderIds'],
    ['an id that is a number', { orderIds: [1] }, 'orderIds'],
  ])('of a batch with %s is refused', async (_, body, field) => {
    expectProblem(await service.post<Refused>('/v1/orders/batch-get', body), 400, 'INVALID_ARGUMENT', field, '*');
  });

  test('of an operation that does not exist is refused with a problem document', async () => {
    expect((await service.get<Refused>('/v1/nothing')).body).toMatchObject({ status: 404, code: 'ROUTE_NOT_FOUND' });
  });
});

describe('a command', () => {
  test.each([
    ['payment', {}, 'paymentId'],
    ['payment', { paymentId: 'p', paidAmount: -1, paidAt: '2026-11-20T10:00:00Z' }, 'paidAmount'],
    ['payment', { paymentId: 'p', paidAmount: 1, paidAt: 'yesterday' }, 'paidAt'],
    ['payment', { paymentId: 'p', paidAmount: 1, paidAt: '2026-11-20' }, 'paidAt'],
    ['payment', { paymentId: 'p', paidAmount: 1, paidAt: '1970-01-01T00:00:00Z' }, 'paidAt'],
    ['payment', { paymentId: 'p', paidAmount: 1, paidAt: '2999-01-01T00:00:00Z' }, 'paidAt'],
    ['payment', { paymentId: 'p p', paidAmount: 1, paidAt: '2026-11-20T10:00:00Z' }, 'paymentId'],
    ['acceptance', { role: 99 }, 'role'],
    ['acceptance', { reasonCode: 1 }, 'reasonCode'],
    ['receipt', { note: 'n'.repeat(257) }, 'note'],
    ['invalidation', {}, 'reasonCode'],
    ['invalidation', { reasonCode: 18 }, 'reasonCode'],
    ['invalidation', { reasonCode: '13' }, 'reasonCode'],
  ])('%s with the body %j is refused by its field', async (operation, body, field) => {
    const answer = await service.post<Refused>(`/v1/orders/4294967296/${operation}`, body);
    expectProblem(answer, 400, 'INVALID_ARGUMENT', field, '*');
  });

  test('that the state does not allow is refused with the state, and changes nothing', async () => {
    const order = aPlaceOrder();
    const orderId = await service.placed(order);
    for (const operation of ['acceptance', 'receipt', 'completion']) {
      const answer = await service.post(`/v1/orders/${orderId}/${operation}`);
      expect([answer.status, answer.body['currentStatus'], answer.body['reason']]).toEqual([
        409,
        'CREATED',
        'NO_TRANSITION',
      ]);
    }
    const wrong = await service.paid(orderId, order.payAmount - 1);
    expect([wrong.status, wrong.body['code']]).toEqual([422, 'PAYMENT_AMOUNT_MISMATCH']);
    expect((await service.get(`/v1/orders/${orderId}`)).body).toMatchObject({ status: 'CREATED', version: 1 });
    expect(await recorder.untilHeard(orderId, 1)).toHaveLength(1);
  });
});

describe('what is no HTTP', () => {
  test('headers of 100 KB are refused with a problem document', async () => {
    const url = new URL(`${app.url}/v1/orders/1`);
    const answer = await new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
      const call = request(url, { headers: { 'x-large': 'x'.repeat(100_000) } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }));
      });
      call.on('error', reject);
      call.end();
    });
    expect([answer.status, JSON.parse(answer.text).code]).toEqual([431, 'HEADERS_TOO_LARGE']);
  });
});

describe('after all of it', () => {
  test('nothing of the refused placements is in a table, in the outbox or in a queue', async () => {
    const marker = aPlaceOrder();
    await recorder.untilHeard(await service.placed(marker), 1);
    expect(await reader.rowsOfUser(userId)).toEqual([]);
    expect(await reader.outboxOf(userId)).toBe(0);
    expect(recorder.events.filter((event) => event.userId === userId)).toEqual([]);
  });
});
