/** The refund document of the public contract, as REST and gRPC show it. Forms as in the order document. */
import type { RefundKind, RefundOrigin, RefundScope, RefundStatus } from './refund-words.js';

/** Units of one line that go back. */
export interface RefundItem {
  readonly itemId: string;
  /** 0 where a sum without units goes back. */
  readonly quantity: number;
  /** Goods of these units, by the shares that were frozen at placement. */
  readonly amount: number;
  /** Packing of these units. */
  readonly packing: number;
}

/** A platform discount that comes back as a coupon, because the whole order went back. */
export interface ReturnedCoupon {
  readonly discountId: string;
  readonly amount: number;
}

export interface RefundDocument {
  readonly refundId: string;
  /** The channel's idempotency key; null until money was set aside. */
  readonly refundNumber: string | null;
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
  /** What the user gets. */
  readonly amount: number;
  readonly items: readonly RefundItem[];
  readonly delivery: number;
  /** What the platform gets back of the discounts that it bore. */
  readonly platformAmount: number;
  readonly coupons: readonly ReturnedCoupon[];
  readonly reason: string;
  /** References to what proves it, as the caller's storage names them. */
  readonly evidence: readonly string[];
  /** What was last said about it: by the merchant, in an appeal, in a ruling. */
  readonly note: string | null;
  readonly appeals: number;
  /** Why the channel refused, a stable word; null otherwise. */
  readonly failure: string | null;
  /** Who changed it last. */
  readonly role: number;
  /** When the present state ends by itself. */
  readonly deadlineAt: string | null;
  readonly createdAt: string;
  readonly agreedAt: string | null;
  /** When the money had moved, or nothing more can happen. */
  readonly endedAt: string | null;
}
