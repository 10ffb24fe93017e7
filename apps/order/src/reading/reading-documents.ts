/** What the reads answer, beside the order document itself. */
import type { OrderDocument, OrderStatus } from '@ordo/contracts';

export interface OrderPage {
  readonly orders: readonly OrderDocument[];
  /** Continues the list; null on its last page. */
  readonly nextCursor: string | null;
}

export interface OrderCounts {
  readonly merchantId: string;
  readonly businessDate: string;
  /** Every status by name, zero included. Orders that were never paid are not counted. */
  readonly counts: Readonly<Record<OrderStatus, number>>;
}

export type PaymentWord = 'EFFECTIVE' | 'LATE' | 'DUPLICATE';

export interface OrderPaymentEntry {
  readonly paymentId: string;
  /** EFFECTIVE paid the order; LATE came after closing, DUPLICATE after another one: both go back. */
  readonly kind: PaymentWord;
  readonly paidAmount: number;
  readonly paidAt: string;
}

export interface OrderPayments {
  readonly orderId: string;
  readonly currency: string;
  /** In the order in which they were announced. */
  readonly payments: readonly OrderPaymentEntry[];
}

export interface TimelineEntry {
  readonly version: number;
  readonly type: string;
  readonly status: OrderStatus;
  readonly role: number | null;
  readonly reasonCode: number | null;
  readonly note: string | null;
  readonly occurredAt: string;
}

export interface OrderTimeline {
  readonly orderId: string;
  readonly entries: readonly TimelineEntry[];
}

export interface FeedDocument {
  /** Each order once, in its present state, in the order of the last changes. */
  readonly orders: readonly OrderDocument[];
  /** `after` of the next poll. */
  readonly next: string;
  /** There is more: ask again at once. */
  readonly hasMore: boolean;
  /** The position is not of this feed any more: what was read by it has to be read anew from the lists. */
  readonly restarted: boolean;
}
