/**
 * The base row in the table cache, kept no older than the last acknowledged change. Bounded in time by the cache itself: Redis away
 * neither fails nor slows a change (P9).
 */
import type { TableCache } from '@ordo/cache';
import { cacheRevisionOf } from '../record/order-document.js';
import type { OrderBase } from '../record/order-record.js';

export class OrderCache {
  constructor(private readonly table: Pick<TableCache, 'put'>) {}

  /** Replaces what is cached unless that is newer. Awaited before the answer, so that the caller's next read is not stale. */
  remember(base: OrderBase): Promise<void> {
    return this.table.put('base', base.orderId, JSON.stringify(base), cacheRevisionOf(base));
  }
}
