/** Placements for specs: every field has a default, and the amounts always add up. */
import { randomInt } from 'node:crypto';

export interface ItemToPlace {
  readonly itemId: string;
  readonly skuId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: number;
  readonly packingFee: number;
}

export interface OrderToPlace {
  readonly bizType: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly currency: string;
  readonly payAmount: number;
  readonly items: readonly ItemToPlace[];
  readonly fees: { readonly delivery: number };
  readonly discounts: readonly { discountId: string; name: string; amount: number; bearer: string; scope?: string }[];
  readonly recipient: { readonly name: string; readonly phone: string; readonly address: string };
  readonly remark?: string;
  readonly extension?: Readonly<Record<string, unknown>>;
}

/** Ids that no other spec uses: specs share the tables. */
export const anId = (): string => String(randomInt(1_000_000_000, 2 ** 47));

const payAmountOf = ({ items, fees, discounts }: Pick<OrderToPlace, 'items' | 'fees' | 'discounts'>): number =>
  items.reduce((sum, item) => sum + item.quantity * (item.unitPrice + item.packingFee), fees.delivery) -
  discounts.reduce((sum, discount) => sum + discount.amount, 0);

/** An order of {@link DOMAIN} example B's kind; `changes` replace whole fields. */
export function anOrder(changes: Partial<OrderToPlace> = {}): OrderToPlace {
  const order = {
    bizType: 'takeout',
    userId: anId(),
    merchantId: anId(),
    currency: 'CNY',
    items: [
      { itemId: 'a', skuId: 'a-1', name: 'Beef noodles', quantity: 1, unitPrice: 1800, packingFee: 100 },
      { itemId: 'b', skuId: 'b-1', name: 'Dumplings', quantity: 2, unitPrice: 1400, packingFee: 100 },
    ],
    fees: { delivery: 500 },
    discounts: [
      { discountId: 'd', name: 'Delivery discount', amount: 200, bearer: 'MERCHANT', scope: 'DELIVERY' },
      { discountId: 'm', name: 'Full reduction', amount: 900, bearer: 'MERCHANT' },
      { discountId: 'p', name: 'Red packet', amount: 700, bearer: 'PLATFORM' },
    ],
    recipient: { name: 'Li', phone: '+86 10 5555 0100', address: '1 Lake Road' },
    ...changes,
  };
  return { payAmount: payAmountOf(order), ...order };
}

export const aVirtualOrder = (changes: Partial<OrderToPlace> = {}): OrderToPlace =>
  anOrder({
    bizType: 'virtual',
    items: [{ itemId: 'v', skuId: 'v-1', name: 'Top-up', quantity: 1, unitPrice: 5000, packingFee: 0 }],
    fees: { delivery: 0 },
    discounts: [],
    recipient: { name: 'Li', phone: '+86 10 5555 0100', address: '' },
    extension: { account: 'li@example.org', channel: 'TOP_UP' },
    ...changes,
  });
