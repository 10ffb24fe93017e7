/** An order as it was read: both rows, joined by order id. */
import { baseOfRow, extOfRow, type OrderRow } from '../record/order-columns.js';
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
