/** The locking reads that open a change of an existing order. They close the race of two writers between reading and writing. */
import { decodeOrderNumber, type Placement, userSchema } from '@ordo/sharding';
import { BASE_COLUMNS, baseOfRow, EXT_COLUMNS, extOfRow, type OrderRow } from '../record/order-columns.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';

export interface OrderAddress {
  readonly node: number;
  readonly schema: string;
  readonly lockKey: string;
}

export interface LockedOrder {
  readonly base: OrderBase;
  readonly ext: OrderExt;
}

/** Where the authority of `orderId` lies. Throws INVALID_ARGUMENT for a number that routes nowhere. */
export function addressOf(orderId: string, placement: Placement): OrderAddress {
  const { userShard } = decodeOrderNumber(orderId);
  const schema = userSchema(userShard);
  return { node: placement.userNode(userShard), schema, lockKey: `${schema}/${orderId}` };
}

/** Locks the base row until the end of the transaction; the ext is immutable and needs no lock. Served by both primary keys. */
export const lockOrder = (orderId: string, { schema }: OrderAddress): readonly string[] => [
  `SELECT ${BASE_COLUMNS} FROM ${schema}.order_base WHERE order_id=${orderId} FOR UPDATE`,
  `SELECT ${EXT_COLUMNS} FROM ${schema}.order_ext WHERE order_id=${orderId}`,
];

/** What {@link lockOrder} found, or undefined for an order that does not exist. */
export function lockedOrderOf(opened: readonly unknown[]): LockedOrder | undefined {
  const [bases, exts] = opened as OrderRow[][];
  const base = bases?.[0];
  const ext = exts?.[0];
  if (base === undefined || ext === undefined) return undefined;
  return { base: baseOfRow(base), ext: extOfRow(ext) };
}
