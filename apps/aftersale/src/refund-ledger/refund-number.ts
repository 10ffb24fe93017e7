/**
 * The number of a refund: `<order number>-<count>`. It is the channel's idempotency key and routes to the order's shard by itself. The count comes
 * from the order's account under its lock, so no number is used twice, and a crash before the commit uses up none.
 */
import { isDecimalId } from '@ordo/kernel';

const NUMBER = /^([1-9][0-9]{0,18})-([1-9][0-9]{0,3})$/;

export const refundNumberOf = (orderId: string, count: number): string => `${orderId}-${count}`;

/** The order of a refund number; undefined for a text that is none of ours. */
export function orderOfRefund(refundNumber: string): string | undefined {
  const orderId = NUMBER.exec(refundNumber)?.[1];
  return isDecimalId(orderId) ? orderId : undefined;
}
