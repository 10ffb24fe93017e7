/** The states of an order's delivery (DOMAIN §4) and their numbers in the database. Numbers are stored: they never change. */
import { invariant } from '@ordo/kernel';

export const DeliveryState = {
  TO_CALL: 'TO_CALL',
  CALLED: 'CALLED',
  TO_ASSIGN: 'TO_ASSIGN',
  TO_FETCH: 'TO_FETCH',
  AT_SHOP: 'AT_SHOP',
  DELIVERING: 'DELIVERING',
  DELIVERED: 'DELIVERED',
  REJECTED: 'REJECTED',
  CANCELLED: 'CANCELLED',
  EXCEPTION: 'EXCEPTION',
  RETURNING: 'RETURNING',
  RETURNED: 'RETURNED',
  SELF_DELIVERY: 'SELF_DELIVERY',
  NO_MORE_DELIVERY: 'NO_MORE_DELIVERY',
} as const;
export type DeliveryState = (typeof DeliveryState)[keyof typeof DeliveryState];

/** Gaps of ten leave room for a state between two others without renumbering. The number says nothing about rank. */
export const deliveryStateCode = {
  TO_CALL: 10,
  CALLED: 20,
  TO_ASSIGN: 30,
  TO_FETCH: 40,
  AT_SHOP: 50,
  DELIVERING: 60,
  DELIVERED: 70,
  REJECTED: 110,
  CANCELLED: 120,
  EXCEPTION: 130,
  RETURNING: 140,
  RETURNED: 150,
  SELF_DELIVERY: 160,
  NO_MORE_DELIVERY: 170,
} as const satisfies Readonly<Record<DeliveryState, number>>;

export const deliveryStates: readonly DeliveryState[] = Object.values(DeliveryState);

const byCode = new Map<number, DeliveryState>(deliveryStates.map((state) => [deliveryStateCode[state], state]));

export const isDeliveryState = (text: unknown): text is DeliveryState =>
  typeof text === 'string' && Object.hasOwn(DeliveryState, text);

/** The state of a stored number; an unknown number is a row that no release of ours wrote. */
export function deliveryStateOf(code: number): DeliveryState {
  const state = byCode.get(code);
  invariant(state !== undefined, `no delivery state has the number ${code}`, { code });
  return state;
}
