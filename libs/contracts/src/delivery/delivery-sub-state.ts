/** Why a delivery is where it is, where the state alone does not say it. A carrier's own words are mapped to these at the border. */
export const DeliverySubState = {
  /** REJECTED: nobody of the carrier's works there or then. */
  NO_CAPACITY: 'NO_CAPACITY',
  OUT_OF_AREA: 'OUT_OF_AREA',
  /** EXCEPTION at the shop. */
  SHOP_CLOSED: 'SHOP_CLOSED',
  GOODS_UNFIT: 'GOODS_UNFIT',
  /** EXCEPTION at the user. The first two exclude compensation for lateness (DOMAIN §4). */
  USER_UNREACHABLE: 'USER_UNREACHABLE',
  ADDRESS_CHANGED: 'ADDRESS_CHANGED',
  USER_REFUSED: 'USER_REFUSED',
  /** EXCEPTION on the way. */
  COURIER_ACCIDENT: 'COURIER_ACCIDENT',
  OTHER: 'OTHER',
} as const;
export type DeliverySubState = (typeof DeliverySubState)[keyof typeof DeliverySubState];

export const deliverySubStates: readonly DeliverySubState[] = Object.values(DeliverySubState);
export const isDeliverySubState = (text: unknown): text is DeliverySubState =>
  typeof text === 'string' && Object.hasOwn(DeliverySubState, text);
