/** From the record to the public document. */
import type { RefundDocument } from '@ordo/contracts';
import type { RefundRecord } from './refund-record.js';

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function documentOf(record: RefundRecord): RefundDocument {
  const { items, delivery, platformAmount, coupons } = record.breakdown;
  return {
    refundId: record.refundId,
    refundNumber: record.refundNumber,
    orderId: record.orderId,
    userId: record.userId,
    merchantId: record.merchantId,
    bizType: record.bizType,
    kind: record.kind,
    scope: record.scope,
    origin: record.origin,
    status: record.status,
    version: record.version,
    currency: record.currency,
    amount: record.amount,
    ...{ items, delivery, platformAmount, coupons },
    reason: record.reason,
    evidence: record.evidence,
    note: record.note,
    appeals: record.appeals,
    failure: record.failure,
    role: record.role,
    deadlineAt: isoOf(record.deadlineAt),
    createdAt: new Date(record.createdAt).toISOString(),
    agreedAt: isoOf(record.agreedAt),
    endedAt: isoOf(record.endedAt),
  };
}
