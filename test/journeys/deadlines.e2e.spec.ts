/** Orders that end by themselves, seen by callers, by an independent consumer and in the tables of both dimensions. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { InvalidReason, Role } from '@ordo/contracts';
import { msOfDateTime } from '@ordo/sharding';
import { aPlaceOrder, aServiceToken, aVirtualPlaceOrder, eventually, type PlaceOrderBody } from '@ordo/testing';
import { DimensionReader } from '../harness/dimension-reader.js';
import { EventRecorder, type RecordedEvent } from '../harness/event-recorder.js';
import { GrpcClient } from '../harness/grpc-client.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

/** Slots are seconds, and cores are shared with the tests of others; the bench has the figures. */
const FIRED_WITHIN_MS = 10_000;
const CASE_MS = 60_000;

let app: OrderProcess;
let service: RestClient;
let recorder: EventRecorder;
let reader: DimensionReader;

beforeAll(async () => {
  recorder = await EventRecorder.open();
  reader = new DimensionReader();
  app = await OrderProcess.start();
  service = new RestClient(app.url, await aServiceToken());
  await untilDeadlinesFire();
}, CASE_MS);

/** The first partitions of a process that has just started are taken over within seconds; a journey is not about that. */
async function untilDeadlinesFire(): Promise<void> {
  const order = aPlaceOrder({ deadlines: { paySeconds: 1 } });
  await recorder.untilHeard(await service.placed(order), 2, 30_000);
}

afterAll(async () => {
  await app?.stop();
  await recorder?.close();
  await reader?.close();
});

interface TimelineEntry {
  readonly version: number;
  readonly type: string;
  readonly role: number | null;
  readonly reasonCode: number | null;
  readonly note: string | null;
}

async function timelineOf(orderId: string): Promise<readonly TimelineEntry[]> {
  const { body } = await service.get<{ entries: TimelineEntry[] }>(`/v1/orders/${orderId}/timeline`);
  return body.entries;
}

/** Both dimensions tell the same of the order, and when it ended. */
async function rowOf(order: PlaceOrderBody): Promise<Readonly<Record<string, string | number | null>>> {
  const [authority] = await reader.rowsOfUser(order.userId);
  const [projection] = await reader.rowsOfMerchant(order.merchantId);
  const { change_mark, idem_digest, ...shown } = authority ?? {};
  const { feed_version, ...projected } = projection ?? {};
  expect(projected).toEqual(shown);
  return projected;
}

const typesOf = (heard: readonly RecordedEvent[]): string[] => heard.map(({ routingKey }) => routingKey);
const msOf = (cell: string | number | null | undefined): number => msOfDateTime(String(cell));

/** The note of the change says when it was due; it happened then or a little later, and never before. */
function expectOnTime(entry: TimelineEntry | undefined, dueMs: number, happenedMs: number): void {
  expect(entry?.note).toBe(`due ${new Date(dueMs).toISOString()}`);
  expect(entry?.role).toBe(Role.SYSTEM);
  expect(happenedMs).toBeGreaterThanOrEqual(dueMs);
  expect(happenedMs).toBeLessThan(dueMs + FIRED_WITHIN_MS);
}

describe('an order that nobody moves', () => {
  test.each([
    ['takeout', aPlaceOrder],
    ['virtual', aVirtualPlaceOrder],
  ] as const)(
    '%s: unpaid it is invalid at its pay deadline, and the merchant never sees it',
    async (bizType, build) => {
      const order = build({ deadlines: { paySeconds: 1 } });
      const orderId = await service.placed(order);
      const heard = await recorder.untilHeard(orderId, 2, FIRED_WITHIN_MS);
      expect(typesOf(heard)).toEqual([`${bizType}.created`, `${bizType}.invalidated`]);
      expect(heard[1]?.event).toMatchObject({ role: 2, data: { reasonCode: InvalidReason.PAY_TIMEOUT } });
      expect((await service.get(`/v1/orders/${orderId}`)).body).toMatchObject({
        ...{
          status: 'INVALID',
          version: 2,
          reasonCode: InvalidReason.PAY_TIMEOUT,
          role: Role.SYSTEM,
          deadlineAt: null,
        },
      });
      const row = await rowOf(order);
      expectOnTime((await timelineOf(orderId))[1], msOf(row['created_at']) + 1_000, msOf(row['invalidated_at']));
      const list = await service.get<{ orders: unknown[] }>(`/v1/merchants/${order.merchantId}/orders`);
      expect(list.body.orders).toEqual([]);
    },
  );

  test('paid and not accepted it is invalid at its accept deadline, counted from the payment', async () => {
    const order = aPlaceOrder({ deadlines: { acceptSeconds: 1 } });
    const orderId = await service.placed(order);
    const paid = await service.paid(orderId, order.payAmount);
    const heard = await recorder.untilHeard(orderId, 3, FIRED_WITHIN_MS);
    expect(typesOf(heard)).toEqual(['takeout.created', 'takeout.paid', 'takeout.invalidated']);
    const row = await rowOf(order);
    expect(row).toMatchObject({ status: 90, version: 3, reason_code: InvalidReason.ACCEPT_TIMEOUT, day_serial: 1 });
    const dueMs = Date.parse(String(paid.body['deadlineAt']));
    expectOnTime((await timelineOf(orderId))[2], dueMs, msOf(row['invalidated_at']));
  });

  test('a meal of which no carrier says anything is received by the system, and then completes', async () => {
    const order = aPlaceOrder({ deadlines: { receiveSeconds: 1, completeSeconds: 1 } });
    const orderId = await service.placed(order);
    await service.paid(orderId, order.payAmount);
    expect((await service.post(`/v1/orders/${orderId}/acceptance`)).body['status']).toBe('ACCEPTED');
    const heard = await recorder.untilHeard(orderId, 5, 2 * FIRED_WITHIN_MS);
    expect(typesOf(heard).slice(3)).toEqual(['takeout.received', 'takeout.completed']);
    const row = await rowOf(order);
    expect(row).toMatchObject({ status: 50, version: 5, reason_code: null, deadline_at: null });
    const timeline = await timelineOf(orderId);
    expectOnTime(timeline[3], msOf(row['accepted_at']) + 1_000, msOf(row['received_at']));
    expectOnTime(timeline[4], msOf(row['received_at']) + 1_000, msOf(row['completed_at']));
  });

  test('virtual goods that the seller fulfils complete by themselves', async () => {
    const order = aVirtualPlaceOrder({ deadlines: { completeSeconds: 1 } });
    const orderId = await service.placed(order);
    await service.paid(orderId, order.payAmount);
    await service.post(`/v1/orders/${orderId}/acceptance`);
    const heard = await recorder.untilHeard(orderId, 4, FIRED_WITHIN_MS);
    expect(typesOf(heard).at(-1)).toBe('virtual.completed');
    const row = await rowOf(order);
    expectOnTime((await timelineOf(orderId))[3], msOf(row['accepted_at']) + 1_000, msOf(row['completed_at']));
  });
});

describe('a deadline that a step has overtaken', () => {
  test('does not fire: the order goes on with the deadline of the state that it is in', async () => {
    const order = aPlaceOrder({ deadlines: { paySeconds: 2 } });
    const orderId = await service.placed(order);
    const paid = await service.paid(orderId, order.payAmount);
    // An order that was placed later with the same seconds has fired: the first one's old entry has been looked at.
    const later = aPlaceOrder({ userId: order.userId, deadlines: { paySeconds: 2 } });
    await recorder.untilHeard(await service.placed(later), 2, FIRED_WITHIN_MS);
    expect((await service.get(`/v1/orders/${orderId}`)).body).toMatchObject({
      ...{ status: 'PAID', version: 2, deadlineAt: paid.body['deadlineAt'] },
    });
    expect(recorder.of(orderId)).toHaveLength(2);
  });

  test('and a payment that comes after it fired is late: recorded, announced, and no state changes', async () => {
    const order = aPlaceOrder({ deadlines: { paySeconds: 1 } });
    const orderId = await service.placed(order);
    await recorder.untilHeard(orderId, 2, FIRED_WITHIN_MS);
    expect((await service.paid(orderId, order.payAmount)).body).toMatchObject({
      ...{ status: 'INVALID', version: 3, reasonCode: InvalidReason.PAY_TIMEOUT, tags: ['LATE_PAYMENT'] },
    });
    const heard = await recorder.untilHeard(orderId, 3);
    expect(heard[2]?.event).toMatchObject({ data: { kind: 'LATE', paidAmount: order.payAmount } });
  });
});

describe('deadlines of an order’s own', () => {
  test('are part of its document, over both protocols and from the database', async () => {
    const order = aPlaceOrder({ deadlines: { acceptSeconds: 300, paySeconds: 90 } });
    const { status, body } = await service.place(order, 'own-deadlines');
    expect([status, body['deadlines']]).toEqual([201, { paySeconds: 90, acceptSeconds: 300 }]);
    const lasts = Date.parse(String(body['deadlineAt'])) - Date.parse(String(body['createdAt']));
    expect(lasts).toBe(90_000);
    const list = await service.get<{ orders: Record<string, unknown>[] }>(`/v1/users/${order.userId}/orders`);
    expect(list.body.orders[0]).toEqual(body);
    expect((await service.get(`/v1/orders/${body['orderId']}`)).body).toEqual(body);
    const grpc = new GrpcClient(app.grpcAddress, await aServiceToken());
    const shown = await grpc.call('GetOrder', { orderId: body['orderId'] });
    expect(shown['deadlines']).toEqual({ paySeconds: 90, acceptSeconds: 300 });
    const { remark, extension, ...message } = order;
    const placed = await grpc.call('PlaceOrder', { ...message, idempotencyKey: 'grpc', deadlines: { paySeconds: 61 } });
    expect(placed['order']).toMatchObject({ deadlines: { paySeconds: 61 } });
    grpc.close();
  });

  test('are part of what a key stands for, and absent from an order that has none', async () => {
    const plain = aPlaceOrder();
    const first = await service.place(plain, 'plain');
    expect(first.body).not.toHaveProperty('deadlines');
    expect((await service.place({ ...plain, deadlines: {} }, 'plain')).body['orderId']).toBe(first.body['orderId']);
    const other = await service.place({ ...plain, deadlines: { paySeconds: 90 } }, 'plain');
    expect([other.status, other.body['code']]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test.each([
    [{ acceptSeconds: 601 }, 'deadlines.acceptSeconds', 'limits'],
    [{ paySeconds: 86_401 }, 'deadlines.paySeconds', 'limits'],
    [{ paySeconds: 0 }, 'deadlines.paySeconds', 'wholeNumber'],
    [{ paySeconds: '60' }, 'deadlines.paySeconds', 'wholeNumber'],
    [{ eatSeconds: 60 }, 'deadlines.eatSeconds', 'unknownField'],
  ])('that are %j are refused by their name, and nothing is placed', async (deadlines, field, rule) => {
    const order = aPlaceOrder();
    const { status, body } = await service.place({ ...order, deadlines });
    expect([status, body['code']]).toEqual([400, 'INVALID_ARGUMENT']);
    expect(body['violations']).toMatchObject([{ field, rule }]);
    expect(await reader.rowsOfUser(order.userId)).toEqual([]);
  });
});

test(
  'a worker that stops gives the shards away at once: the next one fires what is due meanwhile',
  async () => {
    const worker = await OrderProcess.start({ roles: 'worker' });
    const order = aPlaceOrder({ deadlines: { paySeconds: 3 } });
    const orderId = await service.placed(order);
    await app.stop();
    const heard = await recorder.untilHeard(orderId, 2, FIRED_WITHIN_MS + 3_000);
    expect(typesOf(heard)).toEqual(['takeout.created', 'takeout.invalidated']);
    await eventually(async () => (await reader.outboxOf(order.userId)) === 0, 'nothing waits');
    await worker.stop();
  },
  CASE_MS,
);
