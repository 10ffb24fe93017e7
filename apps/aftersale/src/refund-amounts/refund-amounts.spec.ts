/** The money of refunds: example C of DOMAIN §3 to the cent, and the laws of splits under any sequence of refunds. No server. */
import { describe, expect, it } from '@jest/globals';
import { DiscountBearer, DiscountScope, RefundScope } from '@ordo/contracts';
import { type Refusal, splitByLargestRemainder } from '@ordo/kernel';
import fc from 'fast-check';
import { incomeLeft } from './income-left.rules.js';
import { DELIVERY_LINE, itemLine, orderLines, PACKING_LINE, type RefundableOrder } from './order-lines.js';
import {
  type AskedRefund,
  breakdownOf,
  nothingSpokenFor,
  type RefundBreakdown,
  type SpokenFor,
} from './refund-amounts.rules.js';

const { MERCHANT, PLATFORM } = DiscountBearer;
const { FULL, ITEMS, AMOUNT } = RefundScope;

const anItem = (
  itemId: string,
  quantity: number,
  unitPrice: number,
  shares: readonly (readonly [string, number])[],
) => ({
  ...{ itemId, skuId: itemId, name: itemId, quantity, unitPrice, packingFee: 100 },
  payable: unitPrice * quantity - shares.reduce((sum, [, amount]) => sum + amount, 0),
  discountShares: shares.map(([discountId, amount]) => ({ discountId, amount })),
});

/** DOMAIN §3, examples B and C. */
const exampleB: RefundableOrder = {
  payAmount: 3600,
  items: [
    anItem('A', 1, 1800, [
      ['reduction', 352],
      ['subsidy', 117],
      ['packet', 157],
    ]),
    anItem('B', 2, 1400, [
      ['reduction', 548],
      ['subsidy', 183],
      ['packet', 243],
    ]),
  ],
  fees: { delivery: 500 },
  discounts: [
    { discountId: 'delivery', name: 'Delivery cut', amount: 200, bearer: MERCHANT, scope: DiscountScope.DELIVERY },
    { discountId: 'reduction', name: 'Reduction', amount: 900, bearer: MERCHANT },
    { discountId: 'subsidy', name: 'Reduction', amount: 300, bearer: PLATFORM },
    { discountId: 'packet', name: 'Red packet', amount: 400, bearer: PLATFORM },
  ],
};

const fresh = (order: RefundableOrder): SpokenFor => nothingSpokenFor(orderLines(order));

/** What is spoken for after one more refund. */
function after(spoken: SpokenFor, { lines, items }: RefundBreakdown): SpokenFor {
  const left = new Map(spoken.left);
  for (const { lineKey, amount } of lines) left.set(lineKey, (left.get(lineKey) ?? 0) - amount);
  const units = new Map(spoken.units);
  for (const { itemId, quantity } of items) units.set(itemId, (units.get(itemId) ?? 0) + quantity);
  return { left, units };
}

const refusalOf = (order: RefundableOrder, spoken: SpokenFor, asked: AskedRefund): Refusal => {
  try {
    breakdownOf(order, spoken, asked);
  } catch (error) {
    return error as Refusal;
  }
  throw new Error('it was granted');
};

describe('example C', () => {
  const oneB = breakdownOf(exampleB, fresh(exampleB), { scope: ITEMS, items: [{ itemId: 'B', quantity: 1 }] });

  it('cuts what was paid into A 1174, B 1826, packing 300 and delivery 300', () => {
    expect(orderLines(exampleB)).toEqual([
      { lineKey: itemLine('A'), amount: 1174 },
      { lineKey: itemLine('B'), amount: 1826 },
      { lineKey: PACKING_LINE, amount: 300 },
      { lineKey: DELIVERY_LINE, amount: 300 },
    ]);
  });

  it('gives the user 1014 for one B and the platform 212', () => {
    expect(oneB).toEqual({
      amount: 1014,
      lines: [
        { lineKey: itemLine('B'), amount: 914 },
        { lineKey: PACKING_LINE, amount: 100 },
      ],
      items: [{ itemId: 'B', quantity: 1, amount: 914, packing: 100 }],
      delivery: 0,
      platformAmount: 212,
      coupons: [],
    });
  });

  it('gives 2586 for the rest with its delivery, and returns no red packet, because it is not the whole', () => {
    const rest = breakdownOf(exampleB, after(fresh(exampleB), oneB), { scope: FULL, withDelivery: true });
    expect([rest.amount, rest.coupons, oneB.amount + rest.amount]).toEqual([2586, [], 3600]);
    expect(rest.platformAmount).toBe(700 - 212);
  });

  it('leaves a commission base of 2774, on which 6 % are 166, and an income of 2824 with the floor of 250', () => {
    const { goods, packing, delivery, discounts } = incomeLeft(exampleB, new Map([['B', 1]]), false);
    const ownOnGoods = discounts
      .filter(({ bearer, scope }) => bearer === MERCHANT && scope === DiscountScope.GOODS)
      .reduce((sum, { amount }) => sum + amount, 0);
    const base = goods + packing - ownOnGoods;
    expect([base, Math.round(base * 0.06)]).toEqual([2774, 166]);
    expect(goods + packing + delivery - ownOnGoods - 200 - 250).toBe(2824);
  });

  it('returns the platform’s discounts as coupons when the whole goes back, and the fee only where it may', () => {
    const whole = breakdownOf(exampleB, fresh(exampleB), { scope: FULL, withDelivery: true });
    expect([whole.amount, whole.platformAmount]).toEqual([3600, 700]);
    expect(whole.coupons).toEqual([
      { discountId: 'subsidy', amount: 300 },
      { discountId: 'packet', amount: 400 },
    ]);
    const carried = breakdownOf(exampleB, fresh(exampleB), { scope: FULL, withDelivery: false });
    expect([carried.amount, carried.delivery]).toEqual([3300, 0]);
  });
});

describe('a refund is refused', () => {
  it.each<[string, AskedRefund, string, string]>([
    [
      'an item that the order has not',
      { scope: ITEMS, items: [{ itemId: 'C', quantity: 1 }] },
      'REFUND_ITEM_UNKNOWN',
      'items[0].itemId',
    ],
    [
      'more units than were bought',
      { scope: ITEMS, items: [{ itemId: 'B', quantity: 3 }] },
      'REFUND_EXCEEDS_PAID',
      'items[0].quantity',
    ],
    ['a sum above goods and packing', { scope: AMOUNT, amount: 3301 }, 'REFUND_EXCEEDS_PAID', 'amount'],
    [
      'an item that stands twice',
      {
        scope: ITEMS,
        items: [
          { itemId: 'B', quantity: 1 },
          { itemId: 'B', quantity: 1 },
        ],
      },
      'INVALID_ARGUMENT',
      'items[1].itemId',
    ],
  ])('for %s, by code and field', (_, asked, code, field) => {
    const { code: found, details } = refusalOf(exampleB, fresh(exampleB), asked);
    expect([found, (details['violations'] as { field: string }[])[0]?.field]).toEqual([code, field]);
  });

  it('once everything has gone back', () => {
    const all = breakdownOf(exampleB, fresh(exampleB), { scope: FULL, withDelivery: true });
    const nothing = after(fresh(exampleB), all);
    expect(refusalOf(exampleB, nothing, { scope: FULL, withDelivery: true }).code).toBe('ORDER_NOT_REFUNDABLE');
    expect(refusalOf(exampleB, nothing, { scope: AMOUNT, amount: 1 }).code).toBe('REFUND_EXCEEDS_PAID');
  });
});

const anOrder = fc
  .record({
    lines: fc.array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 7 }),
        unitPrice: fc.integer({ min: 0, max: 9_999 }),
        packingFee: fc.nat(300),
      }),
      { minLength: 1, maxLength: 5 },
    ),
    reductions: fc.array(fc.tuple(fc.nat(1_000), fc.constantFrom(MERCHANT, PLATFORM)), { maxLength: 3 }),
    delivery: fc.nat(900),
    deliveryCut: fc.nat(900),
  })
  .map(({ lines, reductions, delivery, deliveryCut }): RefundableOrder => {
    const goods = lines.map(({ quantity, unitPrice }) => quantity * unitPrice);
    let left = [...goods];
    const cuts = reductions.map(([wish, bearer], at) => {
      const amount = Math.min(
        wish,
        left.reduce((sum, each) => sum + each, 0),
      );
      const shares = amount === 0 ? left.map(() => 0) : splitByLargestRemainder(amount, left);
      left = left.map((each, line) => each - (shares[line] ?? 0));
      return { discountId: `d${at}`, amount, bearer, shares };
    });
    const items = lines.map((line, at) => ({
      ...{ ...line, itemId: `i${at}`, skuId: '', name: '', payable: left[at] ?? 0 },
      discountShares: cuts.map(({ discountId, shares }) => ({ discountId, amount: shares[at] ?? 0 })),
    }));
    const cut = Math.min(deliveryCut, delivery);
    const packing = lines.reduce((sum, { quantity, packingFee }) => sum + quantity * packingFee, 0);
    return {
      ...{ items, fees: { delivery }, payAmount: left.reduce((sum, each) => sum + each, 0) + packing + delivery - cut },
      discounts: [
        ...cuts.map(({ discountId, amount, bearer }) => ({ discountId, amount, bearer, name: '' })),
        { discountId: 'cut', amount: cut, bearer: MERCHANT, name: '', scope: DiscountScope.DELIVERY },
      ],
    };
  });

/** Numbers that pick a refund from what an order still has. */
const steps = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { maxLength: 12 });

const pick = (
  order: RefundableOrder,
  spoken: SpokenFor,
  [kind, which, size]: [number, number, number],
): AskedRefund => {
  if (kind % 3 === 0) {
    const left = [...spoken.left].filter(([key]) => key !== DELIVERY_LINE).reduce((sum, [, amount]) => sum + amount, 0);
    return { scope: AMOUNT, amount: left === 0 ? 0 : 1 + (size % left) };
  }
  const line = order.items[which % order.items.length];
  const units = (line?.quantity ?? 0) - (spoken.units.get(line?.itemId ?? '') ?? 0);
  return { scope: ITEMS, items: [{ itemId: line?.itemId ?? '', quantity: units === 0 ? 0 : 1 + (size % units) }] };
};

describe('any sequence of refunds', () => {
  it('ends, with a last full one, exactly at what was paid, and never takes more of a line than it has', () => {
    fc.assert(
      fc.property(anOrder, steps, (order, wishes) => {
        fc.pre(order.payAmount > 0);
        let spoken = fresh(order);
        let given = 0;
        const take = (asked: AskedRefund): void => {
          try {
            const back = breakdownOf(order, spoken, asked);
            expect(back.lines.reduce((sum, { amount }) => sum + amount, 0)).toBe(back.amount);
            spoken = after(spoken, back);
            given += back.amount;
          } catch (error) {
            if ((error as { code?: string }).code !== 'ORDER_NOT_REFUNDABLE') throw error;
          }
          expect([...spoken.left.values()].every((amount) => amount >= 0)).toBe(true);
        };
        for (const wish of wishes) take(pick(order, spoken, wish));
        expect(given).toBeLessThanOrEqual(order.payAmount);
        take({ scope: FULL, withDelivery: true });
        expect(given).toBe(order.payAmount);
      }),
      { numRuns: 500 },
    );
  });

  it('by units alone gives back each line whole, whatever the pieces', () => {
    fc.assert(
      fc.property(anOrder, steps, (order, wishes) => {
        let spoken = fresh(order);
        let platform = 0;
        const one = (itemId: string, quantity: number): void => {
          try {
            const back = breakdownOf(order, spoken, { scope: ITEMS, items: [{ itemId, quantity }] });
            spoken = after(spoken, back);
            platform += back.platformAmount;
          } catch (error) {
            if ((error as { code?: string }).code !== 'ORDER_NOT_REFUNDABLE') throw error;
            spoken = {
              ...spoken,
              units: new Map(spoken.units).set(itemId, (spoken.units.get(itemId) ?? 0) + quantity),
            };
          }
        };
        for (const [, which, size] of wishes) {
          const line = order.items[which % order.items.length];
          const units = (line?.quantity ?? 0) - (spoken.units.get(line?.itemId ?? '') ?? 0);
          if (line !== undefined && units > 0) one(line.itemId, 1 + (size % units));
        }
        for (const { itemId, quantity } of order.items) {
          const units = quantity - (spoken.units.get(itemId) ?? 0);
          if (units > 0) one(itemId, units);
        }
        const left = [...spoken.left].filter(([key]) => key !== DELIVERY_LINE);
        expect(left.filter(([, amount]) => amount > 0)).toEqual([]);
        const borne = order.discounts.filter(({ bearer, scope }) => bearer === PLATFORM && scope === undefined);
        expect(platform).toBeLessThanOrEqual(borne.reduce((sum, { amount }) => sum + amount, 0));
      }),
      { numRuns: 300 },
    );
  });
});
