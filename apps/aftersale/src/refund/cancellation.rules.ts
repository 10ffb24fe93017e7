/**
 * The scene of a cancellation: what "cancel" means for this order, now, from this side (DOMAIN §1). The scene decides; the order core checks the
 * pair of states and the window once more, under its lock. Pure.
 */
import { InvalidReason, type OrderDocument, OrderStatus, Role, refuse, roleNameOf } from '@ordo/contracts';

export type CancelledOrder = Pick<OrderDocument, 'orderId' | 'status' | 'acceptedAt'>;

export const CancellationWay = {
  /** The order ends now; what was paid goes back by itself. */
  AT_ONCE: 'AT_ONCE',
  /** The other side has begun to work: it agrees, or its silence does. */
  BY_APPLICATION: 'BY_APPLICATION',
} as const;
export type CancellationWay = (typeof CancellationWay)[keyof typeof CancellationWay];

/** After acceptance the kitchen cooks: a user cancels alone only this long. */
export const FREE_CANCEL_MS = 60_000;

const { CREATED, PAID, ACCEPTED, FULFILLING, RECEIVED } = OrderStatus;
const { AT_ONCE, BY_APPLICATION } = CancellationWay;
const isAccepted = (status: OrderStatus): boolean => status === ACCEPTED || status === FULFILLING;

type Scene = (order: CancelledOrder, nowMs: number) => CancellationWay | undefined;

const byUser: Scene = ({ status, acceptedAt }, nowMs) => {
  if (status === CREATED || status === PAID) return AT_ONCE;
  if (!isAccepted(status)) return undefined;
  return nowMs - Date.parse(acceptedAt ?? '') <= FREE_CANCEL_MS ? AT_ONCE : BY_APPLICATION;
};
const byMerchant: Scene = ({ status }) => (status === PAID || isAccepted(status) ? AT_ONCE : undefined);
const byService: Scene = ({ status }) =>
  status === PAID || isAccepted(status) || status === RECEIVED ? AT_ONCE : undefined;

const scenes: Readonly<Partial<Record<Role, Scene>>> = {
  [Role.USER]: byUser,
  [Role.MERCHANT]: byMerchant,
  [Role.CUSTOMER_SERVICE]: byService,
  [Role.RISK_CONTROL]: ({ status }) => (status === CREATED || status === PAID ? AT_ONCE : undefined),
};

/** @throws Refusal ORDER_NOT_CANCELLABLE (409) naming the state that the order is in. */
export function wayOf(order: CancelledOrder, role: Role, nowMs: number): CancellationWay {
  const way = scenes[role]?.(order, nowMs);
  if (way !== undefined) return way;
  const message = `an order in ${order.status} is not cancelled by ${roleNameOf(role) ?? `role ${role}`}`;
  throw refuse('ORDER_NOT_CANCELLABLE', message, { orderId: order.orderId, currentStatus: order.status, role });
}

/** Why, where the caller does not say. */
export function reasonOf({ status }: CancelledOrder, role: Role): InvalidReason {
  if (role === Role.USER) return InvalidReason.USER_CANCEL;
  if (role === Role.RISK_CONTROL) return InvalidReason.RISK;
  return role === Role.MERCHANT && isAccepted(status) ? InvalidReason.FORCED_REJECT : InvalidReason.OTHER;
}
