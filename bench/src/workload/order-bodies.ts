/**
 * The orders of every bench: random users, merchants by Zipf (a few kitchens get most of the lunch hour), 1 + Poisson(1.7) items,
 * every second one with a discount. The floor writes the same bodies, so that rows on both sides are of one size.
 */
import type { PlacedItem } from '@ordo/contracts';
import { type Random, randomFrom, ZipfRanks } from './random.js';

/** A body of POST /v1/orders. */
export interface OrderBody {
  readonly bizType: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly currency: string;
  readonly payAmount: number;
  readonly items: readonly PlacedItem[];
  readonly fees: { readonly delivery: number };
  readonly discounts: readonly { discountId: string; name: string; amount: number; bearer: string }[];
  readonly recipient: { readonly name: string; readonly phone: string; readonly address: string };
  readonly remark: string;
  readonly extension: Readonly<Record<string, unknown>>;
}

/** Far more users than orders of a run: two orders of one user hardly ever meet. */
const USERS = 10_000_000;
/** With exponent 1 the first of 20,000 merchants gets 9.5 % of all orders. */
const MERCHANTS = 20_000;
const FIRST_USER = 1_000_000;
const FIRST_MERCHANT = 500_000;
const MORE_ITEMS = 1.7;
const DISHES = [
  'Beef noodles',
  'Braised pork rice',
  'Mapo tofu',
  'Egg fried rice',
  'Iced lemon tea',
  'Steamed dumplings',
];

const merchants = new ZipfRanks(MERCHANTS);

function itemOf(random: Random, index: number): PlacedItem {
  const dish = random.below(DISHES.length);
  return {
    itemId: `item-${index + 1}`,
    skuId: `sku-${dish}-${random.below(1_000)}`,
    name: DISHES[dish] ?? 'Rice',
    quantity: 1 + random.below(3),
    unitPrice: 500 + random.below(3_500),
    packingFee: random.below(200),
  };
}

export function orderBody(random: Random): OrderBody {
  const items = Array.from({ length: 1 + random.poisson(MORE_ITEMS) }, (_, index) => itemOf(random, index));
  const fees = { delivery: random.below(800) };
  const discounts =
    random.below(2) === 0
      ? []
      : [{ discountId: 'reduction-3', name: 'Full reduction', amount: 300, bearer: 'MERCHANT' }];
  const gross = items.reduce((sum, item) => sum + (item.unitPrice + item.packingFee) * item.quantity, fees.delivery);
  return {
    ...{ bizType: 'takeout', currency: 'CNY', items, fees, discounts },
    userId: String(FIRST_USER + random.below(USERS)),
    merchantId: String(FIRST_MERCHANT + merchants.rank(random)),
    payAmount: gross - discounts.reduce((sum, discount) => sum + discount.amount, 0),
    recipient: {
      name: 'Li',
      phone: '+86 10 5555 0100',
      address: `${1 + random.below(900)} Lake Road, Block ${1 + random.below(40)}`,
    },
    remark: random.below(3) === 0 ? 'No coriander' : '',
    extension: { tablewareCount: random.below(4) },
  };
}

export const orderBodies = (count: number, seed: number): OrderBody[] => {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => orderBody(random));
};
