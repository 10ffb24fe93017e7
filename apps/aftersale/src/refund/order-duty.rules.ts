/** When an order has to hear of one of its refunds, and when it has to end for it. Pure. */
import { RefundKind, RefundOrigin, RefundScope, RefundStatus } from '@ordo/contracts';

const { APPLIED, AGREED, WITHDRAWN, REJECTED_FINAL, SUCCEEDED } = RefundStatus;

/** What of a refund decides it. */
export interface ToldRefund {
  readonly kind: RefundKind;
  readonly scope: RefundScope;
  readonly origin: RefundOrigin;
  readonly status: RefundStatus;
}

/** After these the order may have to end, or to carry another tag. */
const told: readonly RefundStatus[] = [APPLIED, AGREED, WITHDRAWN, REJECTED_FINAL, SUCCEEDED];

/** A full in-sale refund ends the order, once it is agreed; one that began because the order ended need not. */
export const endsOrder = ({ kind, scope, origin }: Omit<ToldRefund, 'status'>): boolean =>
  kind === RefundKind.IN_SALE &&
  scope === RefundScope.FULL &&
  origin !== RefundOrigin.ORDER_INVALIDATED &&
  origin !== RefundOrigin.LATE_PAYMENT;

/**
 * Whether the order is told of `before` → `after`. A refund that is born agreed was never open and has moved no money yet: unless the order
 * ends with it, every tag stays as it is.
 */
export const owesOrder = (before: ToldRefund | null, after: ToldRefund): boolean =>
  told.includes(after.status) && (before !== null || after.status !== AGREED || endsOrder(after));
