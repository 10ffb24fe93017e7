/** The states of an order (DOMAIN §1) and their numbers in the database. Numbers are stored: they never change. */
import { invariant } from '@ordo/kernel';

export const OrderStatus = {
  CREATED: 'CREATED',
  PAID: 'PAID',
  ACCEPTED: 'ACCEPTED',
  FULFILLING: 'FULFILLING',
  RECEIVED: 'RECEIVED',
  COMPLETED: 'COMPLETED',
  INVALID: 'INVALID',
} as const;
export type OrderStatus = (typeof OrderStatus)[keyof typeof OrderStatus];

/** Gaps of ten leave room for a state between two others without renumbering. */
export const orderStatusCode = {
  CREATED: 10,
  PAID: 20,
  ACCEPTED: 30,
  FULFILLING: 35,
  RECEIVED: 40,
  COMPLETED: 50,
  INVALID: 90,
} as const satisfies Readonly<Record<OrderStatus, number>>;

export const orderStatuses: readonly OrderStatus[] = Object.values(OrderStatus);

const byCode = new Map<number, OrderStatus>(orderStatuses.map((status) => [orderStatusCode[status], status]));

export const isOrderStatus = (text: unknown): text is OrderStatus =>
  typeof text === 'string' && Object.hasOwn(OrderStatus, text);

/** The state of a stored number; an unknown number is a row that no release of ours wrote. */
export function orderStatusOf(code: number): OrderStatus {
  const status = byCode.get(code);
  invariant(status !== undefined, `no order status has the number ${code}`, { code });
  return status;
}
