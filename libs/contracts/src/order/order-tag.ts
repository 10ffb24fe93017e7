/**
 * Facts that hang on an order without being a state of it, as bits of `order_base.tags`. A bit never changes its meaning. Below bit
 * 31 the operators of JavaScript are exact.
 */
export const OrderTag = {
  /** A payment arrived after the order was closed, or a second one arrived; its refund has started. */
  LATE_PAYMENT: 1 << 0,
  /** An in-sale application is open. */
  IN_SALE_OPEN: 1 << 1,
  /** An after-sale application is open. */
  AFTER_SALE_OPEN: 1 << 2,
  PARTIALLY_REFUNDED: 1 << 3,
  FULLY_REFUNDED: 1 << 4,
  /** Activated later than placed: the accept clock starts at activation. */
  PRE_ORDER: 1 << 5,
  PREPARED: 1 << 6,
  REMINDED: 1 << 7,
} as const;
export type OrderTagName = keyof typeof OrderTag;

const entries = Object.entries(OrderTag) as [OrderTagName, number][];

/** The names of the bits that are set, in bit order; bits that this release does not know are left out. */
export const tagNamesOf = (tags: number): OrderTagName[] =>
  entries.filter(([, bit]) => (tags & bit) !== 0).map(([name]) => name);

export const tagBitsOf = (names: readonly OrderTagName[]): number =>
  names.reduce((tags, name) => tags | OrderTag[name], 0);
