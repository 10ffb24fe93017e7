import type { OrderDeadlines } from '@ordo/contracts';

/** The command of a placement: the order document without the server's fields (DESIGN §11). Amounts in minor units. */
export interface PlaceOrder {
  readonly bizType: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly currency: string;
  readonly payAmount: number;
  readonly items: readonly {
    readonly itemId: string;
    readonly skuId: string;
    readonly name: string;
    readonly quantity: number;
    readonly unitPrice: number;
    readonly packingFee: number;
  }[];
  readonly fees: { readonly delivery: number };
  readonly discounts: readonly {
    readonly discountId: string;
    readonly name: string;
    readonly amount: number;
    readonly bearer: 'MERCHANT' | 'PLATFORM';
    readonly scope?: 'GOODS' | 'DELIVERY';
  }[];
  readonly recipient: { readonly name: string; readonly phone: string; readonly address: string };
  readonly remark?: string;
  readonly extension?: Readonly<Record<string, unknown>>;
  /** Of its own, within the limits of the business type. */
  readonly deadlines?: OrderDeadlines;
}
