/** Payments of an order, in the user's shard beside it: every one that was ever confirmed, whatever became of it. */
import { dateTimeText, type GroupedInsert, quote } from '@ordo/sharding';

/** EFFECTIVE paid the order; LATE came after closing; DUPLICATE came after another one. The last two are refunded in full. */
export const PaymentKind = { EFFECTIVE: 1, LATE: 2, DUPLICATE: 3 } as const;
export type PaymentKind = (typeof PaymentKind)[keyof typeof PaymentKind];

/** As callers see them. */
export const paymentKindNames = {
  [PaymentKind.EFFECTIVE]: 'EFFECTIVE',
  [PaymentKind.LATE]: 'LATE',
  [PaymentKind.DUPLICATE]: 'DUPLICATE',
} as const satisfies Readonly<Record<PaymentKind, string>>;

export interface OrderPayment {
  readonly orderId: string;
  readonly paymentId: string;
  readonly kind: PaymentKind;
  readonly paidAmount: number;
  /** Epoch ms, as the channel said it. */
  readonly paidAt: number;
}

export function paymentInsert(schema: string, payment: OrderPayment, recordedAt: number): GroupedInsert {
  const { orderId, paymentId, kind, paidAmount, paidAt } = payment;
  const times = `${quote(dateTimeText(paidAt))},${quote(dateTimeText(recordedAt))}`;
  return {
    into: `INSERT INTO ${schema}.order_payment (order_id, payment_id, kind, paid_amount, paid_at, recorded_at)`,
    row: `(${orderId},${quote(paymentId)},${kind},${paidAmount},${times})`,
  };
}
