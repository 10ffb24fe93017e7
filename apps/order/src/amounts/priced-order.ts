import type { DiscountScope } from '@ordo/contracts';

/** The part of a placement that money depends on; amounts in minor units of one currency, prices and packing per unit. */
export interface PricedOrder {
  readonly payAmount: number;
  readonly items: readonly {
    readonly itemId: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly packingFee: number;
  }[];
  readonly fees: { readonly delivery: number };
  readonly discounts: readonly {
    readonly discountId: string;
    readonly amount: number;
    /** GOODS (the default) is split over the lines; DELIVERY reduces the delivery fee alone. */
    readonly scope?: DiscountScope;
  }[];
}
