/** An order as it was read: both rows, joined by order id. */
import { baseOfRow, extOfRow, ORDER_COLUMNS, type OrderRow } from '../record/order-columns.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';

export interface OrderRecord {
  readonly base: OrderBase;
  readonly ext: OrderExt;
}

/** Joins `bases` with `exts`, in the order of `bases`. Both rows commit together, so a base without an ext cannot be read. */
export function recordsOf(bases: readonly OrderRow[], exts: readonly OrderRow[]): OrderRecord[] {
  const extById = new Map(exts.map((row) => [String(row['order_id']), row]));
  return bases.flatMap((row) => {
    const ext = extById.get(String(row['order_id']));
    return ext === undefined ? [] : [{ base: baseOfRow(row), ext: extOfRow(ext) }];
  });
}

/**
 * Whole orders of a page of ids (`page` selects `order_id`) in one statement, so that what the page was filtered by is still so in its
 * rows. The ids come from an index alone, and rows are read for the page only, however long the list is.
 */
export const pageStatement = (schema: string, page: string): string =>
  `SELECT ${ORDER_COLUMNS} FROM (${page}) AS page` +
  ` JOIN ${schema}.order_base b ON b.order_id=page.order_id JOIN ${schema}.order_ext e ON e.order_id=page.order_id`;

const byNumberDescending = (a: OrderRecord, b: OrderRecord): number =>
  BigInt(a.base.orderId) < BigInt(b.base.orderId) ? 1 : -1;

/** What {@link pageStatement} answered. A join promises no order, and a hundred records are sorted in no time. */
export const newestFirst = (rows: readonly OrderRow[]): OrderRecord[] =>
  rows.map((row) => ({ base: baseOfRow(row), ext: extOfRow(row) })).sort(byNumberDescending);
