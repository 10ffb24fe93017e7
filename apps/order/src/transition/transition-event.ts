/** What the events of a transition explain (event catalogue), and whom the order may be shown to. */
import { OrderStatus } from '@ordo/contracts';
import type { OrderParties } from '../access/order-access.rules.js';
import { businessTypeByName } from '../lifecycle/order.state.js';
import type { OrderBase } from '../record/order-record.js';

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** `data` of the event that announces `before` → `after`. */
export function eventDataOf(before: OrderBase, after: OrderBase): Readonly<Record<string, unknown>> {
  const states = { status: after.status, previousStatus: before.status };
  if (after.status === OrderStatus.INVALID) return { ...states, reasonCode: after.reasonCode };
  if (after.status !== OrderStatus.COMPLETED) return { ...states, deadlineAt: isoOf(after.deadlineAt) };
  const { afterSaleWindowMs } = businessTypeByName(after.bizType);
  return { ...states, afterSaleUntil: isoOf((after.completedAt ?? 0) + afterSaleWindowMs) };
}

/** An order is effective, and so the merchant's to see, once it was paid. */
export const visiblePartiesOf = (base: OrderBase): OrderParties => ({
  userId: base.userId,
  merchantId: base.merchantId,
  effective: base.paidAt !== null,
});
