/** One order at a time, as one would write it by hand in an afternoon: user transaction, merchant transaction, publish, forget. */
import type { ResultSetHeader } from 'mysql2/promise';
import {
  eventBody,
  type FloorOrder,
  insertMerchantBase,
  insertMerchantExt,
  insertUserBase,
  insertUserExt,
} from './floor-order.js';
import { FLOOR_OUTBOX, type FloorStores, inTransaction } from './floor-stores.js';

const INTO_OUTBOX = `INSERT INTO ${FLOOR_OUTBOX} (lane, state, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload) VALUES (?)`;
const TRACE = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

/** The outbox row's payload holds the whole order at its placement, as the app's does. */
export function outboxValues(order: FloorOrder, name: string, version: number, payload: unknown): unknown[] {
  const { lane, orderId, userShard, merchantShard } = order;
  return [
    lane,
    0,
    String(orderId),
    version,
    userShard,
    merchantShard,
    `order.${name}`,
    new Date(),
    TRACE,
    JSON.stringify(payload),
  ];
}

export const insertOutbox = (values: unknown[]): [string, unknown[]] => [INTO_OUTBOX, [values]];

export async function placeOne(stores: FloorStores, order: FloorOrder): Promise<void> {
  const outboxId = await inTransaction(stores.userPool(order.userId), async (connection) => {
    await connection.query(...insertUserBase(order));
    await connection.query(...insertUserExt(order));
    const [inserted] = await connection.query<ResultSetHeader>(
      ...insertOutbox(outboxValues(order, 'created', 1, payloadOf(order))),
    );
    return inserted.insertId;
  });
  await relayPlacement(stores, order, outboxId);
}

/** What is left to do for a placed order; also the floor of the relay. */
export async function relayPlacement(stores: FloorStores, order: FloorOrder, outboxId: number): Promise<void> {
  await inTransaction(stores.merchantPool(order.merchantId), async (connection) => {
    await connection.query(...insertMerchantBase(order));
    await connection.query(...insertMerchantExt(order));
    await connection.query(...insertEvent(order, 'created', 1, 10));
  });
  await stores.publish('takeout.created', `${order.orderId}-1`, eventBody(order, 'created', 1));
  await forget(stores, order, outboxId);
}

export async function forget(stores: FloorStores, order: FloorOrder, outboxId: number): Promise<void> {
  await stores
    .userPool(order.userId)
    .query(`DELETE FROM ${FLOOR_OUTBOX} WHERE lane=? AND state=0 AND id=?`, [order.lane, outboxId]);
}

export const insertEvent = (order: FloorOrder, name: string, version: number, status: number): [string, unknown[]] => [
  `INSERT INTO ${order.merchantSchema}.order_event (order_id, version, merchant_id, type, status, role, occurred_at) VALUES (?)`,
  [[String(order.orderId), version, String(order.merchantId), `order.${name}`, status, 1, new Date()]],
];

/** Of the size of the app's payload: base, ext and event. */
export function payloadOf(order: FloorOrder): unknown {
  const { items, discounts, fees, recipient, remark, extension, ...base } = order.body;
  const lines = items.map((item) => ({ ...item, payable: item.unitPrice * item.quantity, discountShares: [] }));
  const times = {
    businessDate: null,
    daySerial: null,
    deadlineAt: 0,
    createdAt: order.createdAt.getTime(),
    paidAt: null,
  };
  const later = {
    acceptedAt: null,
    receivedAt: null,
    completedAt: null,
    invalidatedAt: null,
    reasonCode: null,
    role: 1,
    paymentId: null,
  };
  const amounts = { goodsAmount: 0, packingAmount: 0, deliveryAmount: 0, discountAmount: 0 };
  return {
    base: {
      orderId: String(order.orderId),
      status: 'CREATED',
      version: 1,
      tags: 0,
      ...base,
      ...amounts,
      ...times,
      ...later,
    },
    ext: { items: lines, discounts, fees, recipient, extension, remark },
    event: {
      role: 1,
      reasonCode: null,
      note: null,
      data: { status: 'CREATED', currency: 'CNY', payAmount: base.payAmount },
    },
  };
}
