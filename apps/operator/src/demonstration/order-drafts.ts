/** What is ordered. The meal is example B of DOMAIN §3, whose frozen lines are known to the cent. */
import type { BizType } from './journey.js';

export interface OrderDraft {
  readonly currency: string;
  readonly payAmount: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** What each line owes after its shares of the goods discounts, largest remainder; the answer must say the same. */
  readonly payables: readonly number[];
}

const recipient = { name: 'Demo Guest', phone: '+86 10 5555 0100', address: '1 Lake Road' };

const meal: OrderDraft = {
  currency: 'CNY',
  payAmount: 3600,
  payables: [1174, 1826],
  body: {
    items: [
      { itemId: 'a', skuId: 'a-1', name: 'Beef noodles', quantity: 1, unitPrice: 1800, packingFee: 100 },
      { itemId: 'b', skuId: 'b-1', name: 'Dumplings', quantity: 2, unitPrice: 1400, packingFee: 100 },
    ],
    fees: { delivery: 500 },
    discounts: [
      { discountId: 'reduction-merchant', name: 'Full reduction', amount: 900, bearer: 'MERCHANT' },
      { discountId: 'reduction-platform', name: 'Full reduction', amount: 300, bearer: 'PLATFORM' },
      { discountId: 'red-packet', name: 'Red packet', amount: 400, bearer: 'PLATFORM' },
      { discountId: 'delivery', name: 'Cheap delivery', amount: 200, bearer: 'MERCHANT', scope: 'DELIVERY' },
    ],
    recipient,
    remark: 'No coriander',
    extension: { tablewareCount: 2, selfPickup: false },
  },
};

const giftCard: OrderDraft = {
  currency: 'CNY',
  payAmount: 5000,
  payables: [5000],
  body: {
    items: [{ itemId: 'card', skuId: 'card-50', name: 'Gift card', quantity: 1, unitPrice: 5000, packingFee: 0 }],
    fees: { delivery: 0 },
    discounts: [],
    recipient: { ...recipient, address: '' },
    extension: { channel: 'CODE', account: 'demo-guest' },
  },
};

const drafts: Readonly<Record<BizType, OrderDraft>> = { takeout: meal, virtual: giftCard };

export const draftOf = (bizType: BizType): OrderDraft => drafts[bizType];
