/** The locking read of all refunds of an order, after the lock of its account: whoever has both decides alone about the order. */
import { type RefundRow, STORED_COLUMNS, storedOfRow } from '../record/refund-columns.js';
import type { StoredRefund } from '../record/refund-record.js';
import type { LaneAddress } from './aftersale-address.js';

/** Served by `one_open_per_order`, which begins with the order; an order has very few refunds. */
export const lockRefunds = (orderId: string, { schema }: LaneAddress): string =>
  `SELECT ${STORED_COLUMNS} FROM ${schema}.refund WHERE order_id=${orderId} ORDER BY refund_id FOR UPDATE`;

/** Without a lock, of one moment. */
export const readRefunds = (orderId: string, { schema }: LaneAddress): string =>
  `SELECT ${STORED_COLUMNS} FROM ${schema}.refund WHERE order_id=${orderId} ORDER BY refund_id`;

export const refundsIn = (rows: unknown): StoredRefund[] => (rows as readonly RefundRow[]).map(storedOfRow);
