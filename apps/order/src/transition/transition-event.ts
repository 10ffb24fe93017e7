/** What the events of a transition explain (event catalogue). */
import { OrderStatus } from '@ordo/contracts';
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
