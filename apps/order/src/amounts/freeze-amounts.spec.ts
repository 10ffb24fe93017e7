/** The money of DOMAIN §3: its published examples to the cent, the refusals by field and rule, and the laws by property. */
import { describe, expect, it } from '@jest/globals';
import { cumulativeFloorShare, MAX_AMOUNT_MINOR, Refusal, splitByLargestRemainder } from '@ordo/kernel';
import fc from 'fast-check';
import { type FrozenAmounts, freezeAmounts } from './freeze-amounts.js';
import type { PricedOrder } from './priced-order.js';

const sum = (amounts: readonly number[]): number => amounts.reduce((running, each) => running + each, 0);

const item = (itemId: string, unitPrice: number, quantity = 1, packingFee = 0) => ({
  itemId,
  unitPrice,
  quantity,
  packingFee,
});

const exampleA: PricedOrder = {
  payAmount: 1700,
  items: [item('only', 2400)],
  fees: { delivery: 300 },
  discounts: [
    { discountId: 'reduction-merchant', amount: 800 },
    { discountId: 'reduction-platform', amount: 200 },
  ],
};

const exampleB: PricedOrder = {
  payAmount: 3600,
  items: [item('A', 1800, 1, 100), item('B', 1400, 2, 100)],
  fees: { delivery: 500 },
  discounts: [
    { discountId: 'delivery', amount: 200, scope: 'DELIVERY' },
    { discountId: 'reduction-merchant', amount: 900, scope: 'GOODS' },
    { discountId: 'reduction-platform', amount: 300 },
    { discountId: 'red-packet', amount: 400 },
  ],
};

const refusalOf = (order: PricedOrder): Refusal => {
  try {
    freezeAmounts(order);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('the amounts were accepted');
};

const faultsOf = (order: PricedOrder): string[] =>
  (refusalOf(order).details['violations'] as { field: string; rule: string }[]).map(
    ({ field, rule }) => `${field} ${rule}`,
  );

describe('the examples of DOMAIN §3', () => {
  it('makes the user of example A pay 1700', () => {
    expect(freezeAmounts(exampleA)).toMatchObject({
      payAmount: 1700,
      goodsAmount: 2400,
      packingAmount: 0,
      deliveryAmount: 300,
      discountAmount: 1000,
    });
    expect(freezeAmounts(exampleA).lines[0]?.payable).toBe(1400);
  });

  it('takes packing of example B per unit and lets the delivery discount touch no line', () => {
    const frozen = freezeAmounts(exampleB);
    expect(frozen).toMatchObject({
      payAmount: 3600,
      goodsAmount: 4600,
      packingAmount: 300,
      deliveryAmount: 500,
      discountAmount: 1800,
    });
    const shared = frozen.lines.flatMap((line) => line.discountShares.map((share) => share.discountId));
    expect(shared).not.toContain('delivery');
  });

  it('freezes the shares of example C: lines 1174 and 1826, packing 300 and delivery 300 make 3600', () => {
    const [a, b] = freezeAmounts(exampleB).lines;
    expect(a?.discountShares.map((share) => share.amount)).toEqual([352, 117, 157]);
    expect(b?.discountShares.map((share) => share.amount)).toEqual([548, 183, 243]);
    expect([a?.payable, b?.payable]).toEqual([1174, 1826]);
    expect(1174 + 1826 + 300 + 300).toBe(3600);
  });

  it('lets the first B of example C carry 486 and the second 488', () => {
    const shares = freezeAmounts(exampleB).lines[1]?.discountShares ?? [];
    const carried = [0, 1].map((unit) => sum(shares.map((share) => cumulativeFloorShare(share.amount, 2, unit))));
    expect(carried).toEqual([486, 488]);
  });
});

describe('refused amounts', () => {
  it('names the expected and the given amount when they do not add up', () => {
    const refusal = refusalOf({ ...exampleB, payAmount: 3599 });
    expect(refusal.code).toBe('AMOUNT_MISMATCH');
    expect(refusal.details).toMatchObject({ expected: 3600, given: 3599 });
    expect(faultsOf({ ...exampleB, payAmount: 3599 })).toEqual(['payAmount amountIdentity']);
  });

  it('names every broken field of a request at once', () => {
    const broken: PricedOrder = {
      payAmount: -1,
      items: [item('A', -5, 0, 0.5)],
      fees: { delivery: Number.NaN },
      discounts: [{ discountId: 'd', amount: MAX_AMOUNT_MINOR + 1 }],
    };
    expect(refusalOf(broken).code).toBe('INVALID_ARGUMENT');
    expect(faultsOf(broken)).toEqual([
      'payAmount minimum',
      'items[0].quantity range',
      'items[0].unitPrice minimum',
      'items[0].packingFee integer',
      'fees.delivery integer',
      'discounts[0].amount maximum',
    ]);
  });

  it('refuses a line, and an order, that pass the maximum', () => {
    const line = { ...exampleA, items: [item('A', MAX_AMOUNT_MINOR, 2)] };
    expect(faultsOf(line)).toEqual(['items[0].unitPrice maximum']);
    const packing = { ...exampleA, items: [item('A', 1, 9_999, MAX_AMOUNT_MINOR)] };
    expect(faultsOf(packing)).toEqual(['items[0].packingFee maximum']);
    const order = { ...exampleA, items: [item('A', MAX_AMOUNT_MINOR), item('B', MAX_AMOUNT_MINOR)] };
    expect(faultsOf(order)).toEqual(['items maximum']);
  });

  it('refuses a discount above what it applies to, naming the one that passes it', () => {
    const goods = { ...exampleA, discounts: [...exampleA.discounts, { discountId: 'third', amount: 1401 }] };
    expect(refusalOf(goods).code).toBe('AMOUNT_MISMATCH');
    expect(faultsOf(goods)).toEqual(['discounts[2].amount withinScope']);
    const delivery = { ...exampleA, discounts: [{ discountId: 'd', amount: 301, scope: 'DELIVERY' as const }] };
    expect(faultsOf(delivery)).toEqual(['discounts[0].amount withinScope']);
  });

  it('refuses an order without items and ids that stand twice', () => {
    expect(faultsOf({ ...exampleA, items: [] })).toEqual(['items minItems']);
    const twice = {
      ...exampleB,
      items: [item('A', 1), item('A', 2)],
      discounts: [exampleB.discounts[0], exampleB.discounts[0]].flatMap((each) => each ?? []),
    };
    expect(faultsOf(twice)).toEqual(['items[1].itemId unique', 'discounts[1].discountId unique']);
  });
});

const price = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 1_000_000 }));
const lines = fc.array(fc.record({ unitPrice: price, quantity: fc.integer({ min: 1, max: 99 }), packingFee: price }), {
  minLength: 1,
  maxLength: 8,
});
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

/** An order that adds up: each cut takes its part of what the discounts before it left of the goods. */
const orders = fc
  .record({ lines, cuts, delivery: price, deliveryCut: fc.double({ min: 0, max: 1, noNaN: true }) })
  .map((seed): PricedOrder => {
    const items = seed.lines.map((line, at) => ({ itemId: `item-${at}`, ...line }));
    const goods = sum(items.map((each) => each.unitPrice * each.quantity));
    let left = goods;
    const discounts: PricedOrder['discounts'][number][] = seed.cuts.map((cut, at) => {
      const amount = Math.floor(left * cut);
      left -= amount;
      return { discountId: `discount-${at}`, amount };
    });
    const onDelivery = Math.floor(seed.delivery * seed.deliveryCut);
    discounts.push({ discountId: 'delivery', amount: onDelivery, scope: 'DELIVERY' });
    const packing = sum(items.map((each) => each.packingFee * each.quantity));
    return {
      payAmount: left + packing + seed.delivery - onDelivery,
      items,
      fees: { delivery: seed.delivery },
      discounts,
    };
  });

const sharesOf = (frozen: FrozenAmounts, discountId: string): number[] =>
  frozen.lines.map((line) => line.discountShares.find((share) => share.discountId === discountId)?.amount ?? 0);

/** Whether each line can bear the plain split of every discount at once. */
const plainFits = (order: PricedOrder): boolean => {
  const goods = order.items.map((each) => each.unitPrice * each.quantity);
  const plain = order.discounts
    .filter((each) => each.scope !== 'DELIVERY')
    .map((each) => splitByLargestRemainder(each.amount, goods));
  return goods.every((amount, line) => sum(plain.map((shares) => shares[line] ?? 0)) <= amount);
};

describe('the laws of frozen amounts', () => {
  it('adds up to the cent: lines, packing and delivery less its discounts are what the user pays', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const frozen = freezeAmounts(order);
        const onDelivery = sum(order.discounts.filter((each) => each.scope === 'DELIVERY').map((each) => each.amount));
        const payable = sum(frozen.lines.map((line) => line.payable));
        expect(payable + frozen.packingAmount + frozen.deliveryAmount - onDelivery).toBe(order.payAmount);
      }),
    );
  });

  it('gives each goods discount away exactly, and leaves no line below zero', () => {
    fc.assert(
      fc.property(orders, (order) => {
        const frozen = freezeAmounts(order);
        for (const { discountId, amount, scope } of order.discounts) {
          expect(sum(sharesOf(frozen, discountId))).toBe(scope === 'DELIVERY' ? 0 : amount);
        }
        for (const line of frozen.lines) expect(line.payable).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('leaves no line below zero where small discounts would all round up on the same line', () => {
    const order: PricedOrder = {
      payAmount: 0,
      items: [item('A', 1), item('B', 1), item('C', 1)],
      fees: { delivery: 0 },
      discounts: ['x', 'y', 'z'].map((discountId) => ({ discountId, amount: 1 })),
    };
    expect(freezeAmounts(order).lines.map((line) => line.payable)).toEqual([0, 0, 0]);
  });

  it('is the plain largest-remainder split wherever that leaves no line below zero, in any order of the discounts', () => {
    fc.assert(
      fc.property(orders.filter(plainFits), (order) => {
        const goods = order.items.map((each) => each.unitPrice * each.quantity);
        const frozen = freezeAmounts(order);
        const reversed = freezeAmounts({ ...order, discounts: order.discounts.toReversed() });
        for (const { discountId, amount, scope } of order.discounts) {
          if (scope === 'DELIVERY') continue;
          expect(sharesOf(frozen, discountId)).toEqual(splitByLargestRemainder(amount, goods));
          expect(sharesOf(reversed, discountId)).toEqual(sharesOf(frozen, discountId));
        }
      }),
    );
  });

  it('refuses every amount but the one that adds up', () => {
    fc.assert(
      fc.property(orders, fc.integer({ min: 1, max: 1_000 }), (order, off) => {
        expect(refusalOf({ ...order, payAmount: order.payAmount + off }).code).toBe('AMOUNT_MISMATCH');
      }),
    );
  });

  it('lets the units of each line give back its shares exactly, one unit at a time', () => {
    fc.assert(
      fc.property(orders, (order) => {
        freezeAmounts(order).lines.forEach((line, at) => {
          const units = order.items[at]?.quantity ?? 0;
          for (const { amount } of line.discountShares) {
            const back = Array.from({ length: units }, (_, unit) => cumulativeFloorShare(amount, units, unit));
            expect(sum(back)).toBe(amount);
          }
        });
      }),
      { numRuns: 50 },
    );
  });
});
