/**
 * The order document of the public contract (DESIGN §11), as REST and gRPC show it. Ids are decimal strings, amounts integer minor
 * units of `currency`, instants ISO-8601 with milliseconds and Z.
 */
import type { OrderStatus } from './order-status.js';
import type { OrderTagName } from './order-tag.js';

/** Who pays for a discount: it decides whose income shrinks, never what the user pays. */
export const DiscountBearer = { MERCHANT: 'MERCHANT', PLATFORM: 'PLATFORM' } as const;
export type DiscountBearer = (typeof DiscountBearer)[keyof typeof DiscountBearer];

/** What a discount reduces: the goods (split over the lines) or the delivery fee alone. */
export const DiscountScope = { GOODS: 'GOODS', DELIVERY: 'DELIVERY' } as const;
export type DiscountScope = (typeof DiscountScope)[keyof typeof DiscountScope];

/** What one line carries of one goods discount; frozen at placement, the basis of every later refund. */
export interface DiscountShare {
  readonly discountId: string;
  readonly amount: number;
}

/** A line as it is placed. `unitPrice` and `packingFee` are per unit. */
export interface PlacedItem {
  readonly itemId: string;
  readonly skuId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly packingFee: number;
}

export interface OrderItem extends PlacedItem {
  /** What the user pays for the goods of this line: unit price × quantity less its shares. Packing is apart. */
  readonly payable: number;
  readonly discountShares: readonly DiscountShare[];
}

export interface OrderDiscount {
  readonly discountId: string;
  readonly name: string;
  readonly amount: number;
  readonly bearer: DiscountBearer;
  /** Absent means GOODS. */
  readonly scope?: DiscountScope;
}

export interface OrderFees {
  readonly delivery: number;
}

export interface OrderRecipient {
  readonly name: string;
  readonly phone: string;
  readonly address: string;
}

/** The deadlines that an order was placed with, in seconds from the moment at which their state is entered; absent: the business type's. */
export interface OrderDeadlines {
  /** Until it is paid. */
  readonly paySeconds?: number;
  /** Until the merchant accepts it. */
  readonly acceptSeconds?: number;
  /** Until it counts as received without a word from the carrier. */
  readonly receiveSeconds?: number;
  /** Until it completes by itself. */
  readonly completeSeconds?: number;
}

export interface OrderDocument {
  readonly orderId: string;
  readonly bizType: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly status: OrderStatus;
  readonly version: number;
  readonly currency: string;
  readonly payAmount: number;
  /** The merchant's number of the day, for humans; null until paid, and never a sign of payment. */
  readonly daySerial: number | null;
  readonly tags: readonly OrderTagName[];
  /** When the present state ends by itself; null in a terminal state. */
  readonly deadlineAt: string | null;
  readonly createdAt: string;
  readonly paidAt: string | null;
  readonly acceptedAt: string | null;
  readonly receivedAt: string | null;
  readonly completedAt: string | null;
  readonly invalidatedAt: string | null;
  readonly reasonCode: number | null;
  readonly role: number | null;
  readonly items: readonly OrderItem[];
  readonly fees: OrderFees;
  readonly discounts: readonly OrderDiscount[];
  readonly recipient: OrderRecipient;
  readonly remark: string;
  readonly extension: Readonly<Record<string, unknown>>;
  /** Only if it was placed with its own. */
  readonly deadlines?: OrderDeadlines;
}
