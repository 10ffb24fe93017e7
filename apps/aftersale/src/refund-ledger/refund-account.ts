/**
 * What an order has had paid, and what of it is held for refunds or has gone back: per line and in all. A payment that came too late or twice
 * has lines of its own, so nothing about it is special. Amounts are minor units of one currency.
 */
import type { TransferProgress } from '../transfer/transfer-progress.js';

export interface RefundBounds {
  readonly paid: number;
  /** Spoken for by refunds that have not ended. */
  readonly held: number;
  /** Gone back, by the channel's word. */
  readonly confirmed: number;
}

/** The row that everything about an order's refunds locks first. */
export interface RefundAccount extends RefundBounds {
  readonly orderId: string;
  readonly currency: string;
  /** Refund numbers given so far. */
  readonly refundCount: number;
  readonly version: number;
}

export interface RefundLine extends RefundBounds {
  /** `item:<itemId>`, `packing`, `delivery`, or `payment:<paymentId>` for money that belongs to no item. */
  readonly lineKey: string;
  readonly paymentId: string;
}

export interface RefundPayment {
  readonly paymentId: string;
  /** The channel that took it, and takes its refunds. */
  readonly channel: string;
  readonly paidAtMs: number;
}

export interface LineAmount {
  readonly lineKey: string;
  /** > 0. */
  readonly amount: number;
}

/** One refund: a transfer, with what it gives back of which lines. */
export interface RefundTransfer extends TransferProgress {
  readonly number: string;
  readonly orderId: string;
  /** Why it exists, unique within the order: `application:17`, `late-payment:pay-3`. */
  readonly cause: string;
  readonly paymentId: string;
  readonly channel: string;
  readonly currency: string;
  readonly amount: number;
  readonly lines: readonly LineAmount[];
}

/** All that is known of one order's refunds, read under the lock of its account. */
export interface RefundLedgerState {
  readonly account: RefundAccount;
  readonly lines: readonly RefundLine[];
  readonly payments: readonly RefundPayment[];
  readonly transfers: readonly RefundTransfer[];
}
