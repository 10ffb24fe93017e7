/** The locking reads that open a change of an existing order. They close the race of two writers between reading and writing. */
import { decodeOrderNumber, type Placement, userSchema } from '@ordo/sharding';
import { baseOfRow, extOfRow, HEAD_COLUMNS, ORDER_COLUMNS, type OrderRow } from '../record/order-columns.js';
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

const from = (schema: string): string => `${schema}.order_base b JOIN ${schema}.order_ext e ON e.order_id=b.order_id`;

/**
 * Locks the order until the end of the transaction. One statement for both rows: on the write path a statement costs more than the
 * rows that it finds. Served by the primary keys.
 */
export const lockOrder = (orderId: string, { schema }: OrderAddress): string =>
  `SELECT ${ORDER_COLUMNS} FROM ${from(schema)} WHERE b.order_id=${orderId} FOR UPDATE`;

/**
 * As {@link lockOrder}, without the snapshot, which decides nothing, and with the database's clock as `now_utc`. Waits for nobody: a row that
 * somebody holds is left out, because a wait of one order would be a wait of all that share its transaction.
 */
export const lockHeadIfFree = (orderId: string, schema: string): string =>
  `SELECT ${HEAD_COLUMNS}, UTC_TIMESTAMP(3) AS now_utc FROM ${from(schema)} WHERE b.order_id=${orderId} FOR UPDATE SKIP LOCKED`;

/** As {@link lockOrder}, one row for each payment that the order has had so far, or one without. */
export const lockOrderWithPayments = (orderId: string, { schema }: OrderAddress): string =>
  `SELECT ${ORDER_COLUMNS}, p.payment_id AS known_payment_id, p.paid_amount AS known_paid_amount FROM ${from(schema)}` +
  ` LEFT JOIN ${schema}.order_payment p ON p.order_id=b.order_id WHERE b.order_id=${orderId} FOR UPDATE`;

/** What was locked, or undefined for an order that does not exist. */
export function lockedOrderOf(rows: readonly OrderRow[]): LockedOrder | undefined {
  const row = rows[0];
  return row === undefined ? undefined : { base: baseOfRow(row), ext: extOfRow(row) };
}

export interface KnownPayment {
  readonly paymentId: string;
  readonly paidAmount: number;
}

/** The payments in what {@link lockOrderWithPayments} found. */
export const knownPaymentsOf = (rows: readonly OrderRow[]): readonly KnownPayment[] =>
  rows.flatMap(({ known_payment_id: paymentId, known_paid_amount: paidAmount }) =>
    typeof paymentId === 'string' ? [{ paymentId, paidAmount: Number(paidAmount) }] : [],
  );
