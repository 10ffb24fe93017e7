import { OrdoError } from '@ordo/kernel';
import {
  decodeOrderNumber,
  laneOf,
  merchantSchema,
  NODE_SCHEMA,
  type NodePool,
  type NodePools,
  type Placement,
  quote,
  userSchema,
} from '@ordo/sharding';

/** Reads what is stored of one order, without personal data: no ext, and of the outbox no payload. */

/** As the pools give them: BIGINT and times are strings. */
export type Row = Readonly<Record<string, string | number | null>>;
/** Rows, or why there are none to see: an operator looks at an order because something is broken. */
export type Part = { readonly rows: readonly Row[] } | { readonly problem: string };

export interface OrderRows {
  readonly user: Part;
  readonly payments: Part;
  readonly waiting: Part;
  readonly merchant: Part;
  readonly timeline: Part;
}

/** The columns that both dimensions have and that say the same in both once the relay has caught up. */
const BASE_COLUMNS = [
  'user_id, merchant_id, biz_type, status, version, tags, currency',
  'pay_amount, goods_amount, packing_amount, delivery_amount, discount_amount',
  'business_date, day_serial, deadline_at, created_at, paid_at, accepted_at, received_at, completed_at, invalidated_at',
  'reason_code, role, payment_id',
].join(', ');
/** One lane is read through for its rows of the order: with a deep backlog that takes longer than the hot path may. */
const DEADLINE_MS = 10_000;

/** Five reads on at most two nodes. Throws Refusal for text that is no order number, and nothing for a node that is down. */
export async function readOrderRows(pools: NodePools, placement: Placement, orderId: string): Promise<OrderRows> {
  const { userShard, merchantShard } = decodeOrderNumber(orderId);
  const userNode = pools.at(placement.userNode(userShard));
  const merchantNode = pools.at(placement.merchantNode(merchantShard));
  const id = quote(BigInt(orderId));
  const [users, merchants] = [userSchema(userShard), merchantSchema(merchantShard)];
  const [user, payments, waiting, merchant, timeline] = await Promise.all([
    readPart(userNode, `SELECT ${BASE_COLUMNS} FROM ${users}.order_base WHERE order_id = ${id}`),
    readPart(
      userNode,
      `SELECT payment_id, kind, paid_amount, paid_at, recorded_at FROM ${users}.order_payment WHERE order_id = ${id} ORDER BY recorded_at`,
    ),
    readPart(
      userNode,
      `SELECT id, lane, state, version, type, occurred_at FROM ${NODE_SCHEMA}.outbox WHERE lane = ${laneOf(userShard)} AND state IN (0, 1) AND order_id = ${id} ORDER BY version`,
    ),
    readPart(merchantNode, `SELECT ${BASE_COLUMNS} FROM ${merchants}.order_base WHERE order_id = ${id}`),
    readPart(
      merchantNode,
      `SELECT version, type, status, role, reason_code, occurred_at FROM ${merchants}.order_event WHERE order_id = ${id} ORDER BY version`,
    ),
  ]);
  return { user, payments, waiting, merchant, timeline };
}

/** The rows, or the problem of a node that does not give them. */
export async function readPart(pool: NodePool, sql: string): Promise<Part> {
  try {
    return { rows: await pool.query<readonly Row[]>(sql, { deadlineMs: DEADLINE_MS }) };
  } catch (error) {
    if (error instanceof OrdoError) return { problem: error.message };
    throw error;
  }
}
