/** A refund as the app holds it in memory. Times are epoch ms, amounts minor units, ids decimal strings. */
import type { RefundKind, RefundOrigin, RefundScope, RefundStatus } from '@ordo/contracts';
import type { RefundBreakdown } from '../refund-amounts/refund-amounts.rules.js';

export interface RefundRecord {
  readonly refundId: string;
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly kind: RefundKind;
  readonly scope: RefundScope;
  readonly origin: RefundOrigin;
  readonly status: RefundStatus;
  readonly version: number;
  readonly currency: string;
  readonly amount: number;
  /** The payment that it is taken from. */
  readonly paymentId: string;
  /** Of the ledger; null until money was set aside. */
  readonly refundNumber: string | null;
  /** Frozen when it was made. */
  readonly breakdown: Omit<RefundBreakdown, 'amount'>;
  readonly reason: string;
  readonly evidence: readonly string[];
  readonly note: string | null;
  readonly appeals: number;
  readonly failure: string | null;
  readonly role: number;
  readonly deadlineAt: number | null;
  readonly createdAt: number;
  readonly agreedAt: number | null;
  readonly endedAt: number | null;
}

/** What makes two requests the same one; written once. */
export interface RefundDigests {
  /** Of who asked and its key, or of the event that began it. */
  readonly idem: Buffer;
  readonly request: Buffer;
}

/** A refund with what its row holds besides. */
export interface StoredRefund {
  readonly record: RefundRecord;
  readonly digests: RefundDigests;
}
