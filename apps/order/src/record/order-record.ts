/**
 * An order as the house holds it in memory: the base (small, hot, changes with every transition) and the ext (the snapshot at
 * trade time, immutable once written). Times are epoch ms, amounts minor units, ids decimal strings.
 */
import type { OrderDocument, OrderStatus } from '@ordo/contracts';

export interface OrderBase {
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly status: OrderStatus;
  readonly version: number;
  /** Bit set of `OrderTag`. */
  readonly tags: number;
  readonly currency: string;
  readonly payAmount: number;
  readonly goodsAmount: number;
  readonly packingAmount: number;
  readonly deliveryAmount: number;
  readonly discountAmount: number;
  /** The merchant's business day (YYYY-MM-DD) of the payment; null until paid. */
  readonly businessDate: string | null;
  readonly daySerial: number | null;
  readonly deadlineAt: number | null;
  readonly createdAt: number;
  readonly paidAt: number | null;
  readonly acceptedAt: number | null;
  readonly receivedAt: number | null;
  readonly completedAt: number | null;
  readonly invalidatedAt: number | null;
  readonly reasonCode: number | null;
  readonly role: number | null;
  readonly paymentId: string | null;
}

export type OrderExt = Readonly<
  Pick<OrderDocument, 'items' | 'discounts' | 'fees' | 'recipient' | 'extension' | 'remark' | 'deadlines'>
>;
