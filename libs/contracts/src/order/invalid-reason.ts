/** Why an order became INVALID (DOMAIN §1). The order core stores the reason; the scene that asks decides it. */
export const InvalidReason = {
  OTHER: 0,
  FAKE: 1,
  DUPLICATE: 2,
  CANNOT_REACH_SHOP: 3,
  CANNOT_REACH_USER: 4,
  SOLD_OUT: 5,
  SHOP_CLOSED: 6,
  TOO_FAR: 7,
  TOO_BUSY: 8,
  FORCED_REJECT: 9,
  FOOD_UNFIT_AT_PICK_UP: 10,
  DELIVERY_FAULT: 11,
  REPLACED: 12,
  USER_CANCEL: 13,
  WAITED_TOO_LONG: 14,
  RISK: 15,
  NO_CAPACITY: 16,
  DELIVERY_CONDITION_UNMET: 17,
  PAY_TIMEOUT: 20,
  ACCEPT_TIMEOUT: 21,
} as const;
export type InvalidReason = (typeof InvalidReason)[keyof typeof InvalidReason];

const names = new Map<number, keyof typeof InvalidReason>(
  Object.entries(InvalidReason).map(([name, code]) => [code, name as keyof typeof InvalidReason]),
);

export const invalidReasons: readonly InvalidReason[] = Object.values(InvalidReason);
export const isInvalidReason = (value: unknown): value is InvalidReason =>
  typeof value === 'number' && names.has(value);
export const invalidReasonNameOf = (code: number): keyof typeof InvalidReason | undefined => names.get(code);
