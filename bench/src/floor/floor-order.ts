/** An order as the floor writes it: the columns of the migrations, in the sizes that the app writes. */
import { randomBytes } from 'node:crypto';
import type { OrderBody } from '../workload/order-bodies.js';

export interface FloorOrder {
  readonly orderId: bigint;
  readonly userId: bigint;
  readonly merchantId: bigint;
  readonly userSchema: string;
  readonly merchantSchema: string;
  readonly userShard: number;
  readonly merchantShard: number;
  readonly lane: number;
  readonly body: OrderBody;
  readonly createdAt: Date;
}

/** Above every number that the app will give out before 2089, so that floor and app share their tables without meeting. */
export const FIRST_FLOOR_ID = 8_000_000_000_000_000_000n;

let lastId = FIRST_FLOOR_ID + BigInt(Date.now()) * 1_000_000n - 1_700_000_000_000_000_000n;

const schemaOf = (dimension: string, shard: number): string => `ordo_${dimension}_${String(shard).padStart(3, '0')}`;

export function floorOrder(body: OrderBody): FloorOrder {
  const [userId, merchantId] = [BigInt(body.userId), BigInt(body.merchantId)];
  const [userShard, merchantShard] = [Number(userId % 120n), Number(merchantId % 120n)];
  lastId += 1n;
  return {
    ...{ orderId: lastId, userId, merchantId, userShard, merchantShard, body, createdAt: new Date() },
    userSchema: schemaOf('user', userShard),
    merchantSchema: schemaOf('merchant', merchantShard),
    lane: Math.floor(userShard / 10),
  };
}

const BASE_COLUMNS =
  'order_id, user_id, merchant_id, biz_type, status, version, tags, currency, pay_amount, goods_amount, packing_amount,' +
  ' delivery_amount, discount_amount, deadline_at, created_at, role';
const EXT_COLUMNS = 'order_id, items, discounts, fees, recipient, extension, remark';

export const insertUserBase = (order: FloorOrder): [string, unknown[]] => [
  `INSERT INTO ${order.userSchema}.order_base (${BASE_COLUMNS}, change_mark, idem_digest) VALUES (?)`,
  [[...baseValues(order), Number(order.orderId % 1_000_000_007n), randomBytes(16)]],
];

export const insertUserExt = (order: FloorOrder): [string, unknown[]] => [
  `INSERT INTO ${order.userSchema}.order_ext (${EXT_COLUMNS}, request_digest) VALUES (?)`,
  [[...extValues(order), randomBytes(32)]],
];

export const insertMerchantBase = (order: FloorOrder): [string, unknown[]] => [
  `INSERT INTO ${order.merchantSchema}.order_base (${BASE_COLUMNS}) VALUES (?)`,
  [baseValues(order)],
];

export const insertMerchantExt = (order: FloorOrder): [string, unknown[]] => [
  `INSERT INTO ${order.merchantSchema}.order_ext (${EXT_COLUMNS}) VALUES (?)`,
  [extValues(order)],
];

function baseValues({ orderId, userId, merchantId, body, createdAt }: FloorOrder): unknown[] {
  const goods = body.items.reduce((sum, item) => sum + item.unitPrice * item.quantity, 0);
  const packing = body.items.reduce((sum, item) => sum + item.packingFee * item.quantity, 0);
  const discount = body.discounts.reduce((sum, { amount }) => sum + amount, 0);
  const deadline = new Date(createdAt.getTime() + 900_000);
  return [
    ...[
      String(orderId),
      String(userId),
      String(merchantId),
      1,
      10,
      1,
      0,
      body.currency,
      body.payAmount,
      goods,
      packing,
    ],
    ...[body.fees.delivery, discount, deadline, createdAt, 1],
  ];
}

function extValues({ orderId, body }: FloorOrder): unknown[] {
  const items = body.items.map((item) => ({ ...item, payable: item.unitPrice * item.quantity, discountShares: [] }));
  const texts = [items, body.discounts, body.fees, body.recipient, body.extension].map((part) => JSON.stringify(part));
  return [String(orderId), ...texts, body.remark];
}

/** A CloudEvent of the size that the app publishes. */
export function eventBody(order: FloorOrder, name: string, version: number): string {
  return JSON.stringify({
    ...{ specversion: '1.0', id: `${order.orderId}-${version}`, source: '/ordo/order', type: `ordo.order.${name}.v1` },
    ...{ subject: String(order.orderId), time: order.createdAt.toISOString(), senttime: new Date().toISOString() },
    ...{
      datacontenttype: 'application/json',
      userid: order.body.userId,
      merchantid: order.body.merchantId,
      biztype: 'takeout',
    },
    ...{ orderversion: version, role: 1, traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    data: {
      status: name.toUpperCase(),
      currency: order.body.currency,
      payAmount: order.body.payAmount,
      deadlineAt: order.createdAt,
    },
  });
}
