/**
 * The base row in the table cache, kept no older than the last acknowledged change. Bounded in time by the cache itself: Redis away
 * neither fails nor slows a change (P9).
 */
import { OUTDATED, type TableCache } from '@ordo/cache';
import { cacheRevisionOf } from '../record/order-document.js';
import type { OrderBase } from '../record/order-record.js';
import { cachedHeadOf, headOf } from '../record/order-text.js';

/**
 * Stands in the cache for an order that was paid and has no daily serial yet, for the moment until the relay has given it: such a row
 * may not be kept, because the serial comes without a new version, but it has to drive out the older one.
 */
export const UNSETTLED = OUTDATED;

/** What is cached of a base row: the head of its document, or {@link UNSETTLED}. */
export const cachedTextOf = (base: OrderBase): string =>
  base.paidAt !== null && base.daySerial === null ? UNSETTLED : cachedHeadOf(headOf(base));

export class OrderCache {
  constructor(private readonly table: Pick<TableCache, 'put'>) {}

  /** Replaces what is cached unless that is newer. Awaited before the answer, so that the caller's next read is not stale. */
  remember(base: OrderBase): Promise<void> {
    return this.table.put('base', base.orderId, cachedTextOf(base), cacheRevisionOf(base));
  }

  /**
   * Throws `error` on. A refusal that names the present state tells its caller as much as a change does: the next read may not be older,
   * also when the process that made the change died before it could refresh the cache.
   */
  async refused(found: OrderBase | undefined, error: unknown): Promise<never> {
    if (found !== undefined) await this.remember(found);
    throw error;
  }
}
