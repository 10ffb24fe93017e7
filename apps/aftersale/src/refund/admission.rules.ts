/** Whether a refund of an order may begin now, and of which kind: from the order's state, who asks, and the time. Pure. */
import { type OrderDocument, OrderStatus, RefundKind, Role, refuse } from '@ordo/contracts';

/** What admission looks at. */
export type AdmittedOrder = Pick<OrderDocument, 'orderId' | 'status' | 'bizType' | 'completedAt'>;

const HOUR_MS = 3_600_000;

/** DOMAIN §1: food is judged within a day, a code may be used days after it was bought. */
export const afterSaleWindowsMs: Readonly<Record<string, number>> = {
  takeout: 24 * HOUR_MS,
  virtual: 7 * 24 * HOUR_MS,
};
/** A line of business that was added without its window has the shortest. */
const SHORTEST_MS = Math.min(...Object.values(afterSaleWindowsMs));

const { CREATED, INVALID, COMPLETED, RECEIVED } = OrderStatus;

/**
 * The kind of a refund that `role` may begin now.
 * @throws Refusal ORDER_NOT_REFUNDABLE for an order that was not paid, or that ended and pays back by itself; REFUND_WINDOW_CLOSED for a user
 * that is too late. Merchants and customer service are bound by the channel's year alone.
 */
export function admit(order: AdmittedOrder, role: Role, nowMs: number): RefundKind {
  const { orderId, status, completedAt } = order;
  if (status === CREATED || status === INVALID) {
    const message =
      status === CREATED ? 'nothing was paid yet: cancel it' : 'it has ended: what was paid goes back by itself';
    throw refuse('ORDER_NOT_REFUNDABLE', message, { orderId, currentStatus: status, reason: status });
  }
  if (status !== COMPLETED) return RefundKind.IN_SALE;
  const until = Date.parse(completedAt ?? '') + (afterSaleWindowsMs[order.bizType] ?? SHORTEST_MS);
  if (role !== Role.USER || nowMs <= until) return RefundKind.AFTER_SALE;
  const closedAt = new Date(until).toISOString();
  throw refuse('REFUND_WINDOW_CLOSED', `a user applies until ${closedAt}`, { orderId, closedAt });
}

/** Whether the fee for carrying goes back with a full refund: before pick-up, or when customer service says so (DOMAIN §2). */
export const returnsDelivery = (status: OrderStatus, role: Role): boolean =>
  role === Role.CUSTOMER_SERVICE || (status !== RECEIVED && status !== COMPLETED);
