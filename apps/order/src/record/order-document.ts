/** From the record to the public document of DESIGN §11. */
import { type OrderDocument, tagNamesOf } from '@ordo/contracts';
import type { OrderBase, OrderExt } from './order-record.js';

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** The order document: exactly the fields of the public contract, in its order. */
export function documentOf(base: OrderBase, ext: OrderExt): OrderDocument {
  return {
    orderId: base.orderId,
    bizType: base.bizType,
    userId: base.userId,
    merchantId: base.merchantId,
    status: base.status,
    version: base.version,
    currency: base.currency,
    payAmount: base.payAmount,
    daySerial: base.daySerial,
    tags: tagNamesOf(base.tags),
    deadlineAt: isoOf(base.deadlineAt),
    createdAt: new Date(base.createdAt).toISOString(),
    paidAt: isoOf(base.paidAt),
    acceptedAt: isoOf(base.acceptedAt),
    receivedAt: isoOf(base.receivedAt),
    completedAt: isoOf(base.completedAt),
    invalidatedAt: isoOf(base.invalidatedAt),
    reasonCode: base.reasonCode,
    role: base.role,
    items: ext.items,
    fees: ext.fees,
    discounts: ext.discounts,
    recipient: ext.recipient,
    remark: ext.remark,
    extension: ext.extension,
    ...(ext.deadlines === undefined ? {} : { deadlines: ext.deadlines }),
  };
}

/**
 * The revision under which a base may be cached. The daily serial is written back after the version that earned it, so the version
 * alone would let a row read before that replace one read after it.
 */
export const cacheRevisionOf = (base: OrderBase): number => base.version * 2 + (base.daySerial === null ? 0 : 1);
