/** The statements of a placement, in the user's shard. */
import { type NodePool, quote } from '@ordo/sharding';
import {
  BASE_COLUMNS,
  baseLiterals,
  baseOfRow,
  EXT_COLUMNS,
  extLiterals,
  extOfRow,
  ORDER_COLUMNS,
  type OrderRow,
} from '../record/order-columns.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';

export interface PlacedOrder {
  readonly base: OrderBase;
  readonly ext: OrderExt;
  readonly requestDigest: Buffer;
}

/**
 * Inserts the base row unless the user has used this key before. Closes the race of concurrent duplicates: the unique key
 * (user_id, idem_digest) makes the second one wait for the first one's COMMIT and then find it. The no-op update, unlike INSERT
 * IGNORE, lets every other error through; it answers 0 affected rows because the pool counts changed rows.
 */
export function insertBaseOnce(schema: string, base: OrderBase, keyDigest: Buffer, changeMark: number): string {
  return (
    `INSERT INTO ${schema}.order_base (${BASE_COLUMNS}, change_mark, idem_digest)` +
    ` VALUES (${baseLiterals(base)},${changeMark},${quote(keyDigest)}) ON DUPLICATE KEY UPDATE order_id=order_id`
  );
}

export const extInsert = (
  schema: string,
  { base, ext, requestDigest }: PlacedOrder,
): { into: string; row: string } => ({
  into: `INSERT INTO ${schema}.order_ext (${EXT_COLUMNS}, request_digest)`,
  row: `(${extLiterals(base.orderId, ext)},${quote(requestDigest)})`,
});

/** Finds the order row for good: locks, so that a COMMIT under way is waited for. */
export const placementProof = (schema: string, orderId: string): string =>
  `SELECT order_id FROM ${schema}.order_base WHERE order_id=${orderId} LOCK IN SHARE MODE`;

/** The order that a user's key stands for. Served by the unique key (user_id, idem_digest). */
export async function findByKey(
  pool: NodePool,
  schema: string,
  userId: string,
  keyDigest: Buffer,
): Promise<PlacedOrder | undefined> {
  const sql =
    `SELECT ${ORDER_COLUMNS}, HEX(e.request_digest) AS request_digest FROM ${schema}.order_base b` +
    ` JOIN ${schema}.order_ext e ON e.order_id=b.order_id WHERE b.user_id=${userId} AND b.idem_digest=${quote(keyDigest)}`;
  const [row] = await pool.query<OrderRow[]>(sql);
  if (row === undefined) return undefined;
  return { base: baseOfRow(row), ext: extOfRow(row), requestDigest: Buffer.from(String(row['request_digest']), 'hex') };
}
