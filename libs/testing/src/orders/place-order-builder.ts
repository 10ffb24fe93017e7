/** Bodies of `POST /v1/orders` with every field defaulted, and amounts that add up unless the spec sets `payAmount` itself. */
import { DiscountBearer, DiscountScope, type OrderDeadlines } from '@ordo/contracts';
import { anId } from './ids.js';

export interface PlaceOrderBody {
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
    readonly bearer: DiscountBearer;
    readonly scope?: DiscountScope;
  }[];
  readonly recipient: { readonly name: string; readonly phone: string; readonly address: string };
  readonly remark?: string;
  readonly extension?: Readonly<Record<string, unknown>>;
  readonly deadlines?: OrderDeadlines;
}

/** Σ items + packing + delivery − Σ discounts (DESIGN §11). */
export function payAmountOf({ items, fees, discounts }: Pick<PlaceOrderBody, 'items' | 'fees' | 'discounts'>): number {
  const goods = items.reduce((sum, item) => sum + item.quantity * (item.unitPrice + item.packingFee), 0);
  return goods + fees.delivery - discounts.reduce((sum, discount) => sum + discount.amount, 0);
}

/** A takeout order of a user and a merchant of its own, of the kind of DOMAIN's example B. `changes` replace whole fields. */
export function aPlaceOrder(changes: Partial<PlaceOrderBody> = {}): PlaceOrderBody {
  const { MERCHANT, PLATFORM } = DiscountBearer;
  const body = {
    bizType: 'takeout',
    userId: anId(),
    merchantId: anId(),
    currency: 'CNY',
    items: [
      {
        itemId: 'noodles',
        skuId: 'noodles-large',
        name: 'Beef noodles',
        quantity: 1,
        unitPrice: 1800,
        packingFee: 100,
      },
      { itemId: 'dumplings', skuId: 'dumplings-8', name: 'Dumplings', quantity: 2, unitPrice: 1400, packingFee: 100 },
    ],
    fees: { delivery: 500 },
    discounts: [
      { discountId: 'delivery-2', name: 'Delivery cut', amount: 200, bearer: MERCHANT, scope: DiscountScope.DELIVERY },
      { discountId: 'reduction-9', name: 'Full reduction', amount: 900, bearer: MERCHANT },
      { discountId: 'packet-7', name: 'Red packet', amount: 700, bearer: PLATFORM },
    ],
    recipient: { name: 'Li', phone: '+86 10 5555 0100', address: '1 Lake Road' },
    ...changes,
  };
  return { payAmount: payAmountOf(body), ...body };
}

export function aVirtualPlaceOrder(changes: Partial<PlaceOrderBody> = {}): PlaceOrderBody {
  return aPlaceOrder({
    bizType: 'virtual',
    items: [{ itemId: 'top-up', skuId: 'top-up-50', name: 'Top-up', quantity: 1, unitPrice: 5000, packingFee: 0 }],
    fees: { delivery: 0 },
    discounts: [],
    recipient: { name: 'Li', phone: '+86 10 5555 0100', address: '' },
    extension: { account: 'li@example.org', channel: 'TOP_UP' },
    ...changes,
  });
}
