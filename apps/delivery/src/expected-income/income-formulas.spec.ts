/** The expected income of DOMAIN §3: its examples to the cent, and its identity by property. */
import { describe, expect, it } from '@jest/globals';
import { InvariantViolation } from '@ordo/kernel';
import fc from 'fast-check';
import type { ContractSnapshot } from './contract-snapshot.js';
import { expectedIncomeOf, type IncomeBasis } from './income-formulas.rules.js';

const contractA: ContractSnapshot = {
  ...{ servicePackage: 'platform-courier', commissionRateBp: 1_500, commissionFloorMinor: 0 },
  ...{ delivery: 'PLATFORM', formulaVersion: 1 },
};
const contractB: ContractSnapshot = {
  ...{ servicePackage: 'own-courier', commissionRateBp: 600, commissionFloorMinor: 250 },
  ...{ delivery: 'MERCHANT', formulaVersion: 1 },
};
const own = (amount: number, scope: 'GOODS' | 'DELIVERY' = 'GOODS') => ({ amount, bearer: 'MERCHANT', scope }) as const;
const platform = (amount: number) => ({ amount, bearer: 'PLATFORM' }) as const;

const basisA: IncomeBasis = { goods: 2_400, packing: 0, delivery: 300, discounts: [own(800), platform(200)] };
const basisB: IncomeBasis = {
  ...{ goods: 4_600, packing: 300, delivery: 500 },
  discounts: [own(200, 'DELIVERY'), own(900), platform(300), platform(400)],
};
/** One B went back: its shares of the reductions (274, 91, 121) with it. */
const basisC: IncomeBasis = {
  ...{ goods: 3_200, packing: 200, delivery: 500 },
  discounts: [own(200, 'DELIVERY'), own(626), platform(209), platform(279)],
};

describe('the examples of DOMAIN §3', () => {
  it('gives the merchant of example A 1360: 15 % of 2400 − 800 is 240', () => {
    expect(expectedIncomeOf(contractA, basisA)).toEqual({
      ...{ formulaVersion: 1, commissionBase: 1_600, commission: 240, platformDelivery: 300, income: 1_360 },
    });
  });

  it('takes the floor of 250 in example B, where 6 % of 4000 are 240, and leaves 4050', () => {
    expect(expectedIncomeOf(contractB, basisB)).toEqual({
      ...{ formulaVersion: 1, commissionBase: 4_000, commission: 250, platformDelivery: 0, income: 4_050 },
    });
    expect(expectedIncomeOf({ ...contractB, commissionFloorMinor: 0 }, basisB).commission).toBe(240);
  });

  it('comes to 2824 in example C after one B was refunded; 166 would be due, the floor keeps 250', () => {
    expect(expectedIncomeOf(contractB, basisC)).toMatchObject({
      commissionBase: 2_774,
      commission: 250,
      income: 2_824,
    });
    expect(expectedIncomeOf({ ...contractB, commissionFloorMinor: 0 }, basisC).commission).toBe(166);
  });
});

const amount = fc.integer({ min: 0, max: 1_000_000_000 });
const anyBasis = fc
  .record({ goods: amount, packing: amount, delivery: amount, parts: fc.array(fc.nat(100), { maxLength: 6 }) })
  .map(({ parts, ...amounts }) => ({
    ...amounts,
    discounts: parts.map((part, at) => {
      const scope = at % 3 === 0 ? ('DELIVERY' as const) : ('GOODS' as const);
      const whole = scope === 'DELIVERY' ? amounts.delivery : amounts.goods;
      return { amount: Math.floor((whole * part) / 600), bearer: at % 2 ? 'MERCHANT' : 'PLATFORM', scope } as const;
    }),
  }));
const anyContract = fc.record({
  servicePackage: fc.constant('any'),
  commissionRateBp: fc.integer({ min: 0, max: 10_000 }),
  commissionFloorMinor: fc.nat(100_000),
  delivery: fc.constantFrom('PLATFORM' as const, 'MERCHANT' as const),
  formulaVersion: fc.constant(1),
});

describe('every order', () => {
  it('splits what the user pays and what the platform adds into income, commission and platform delivery', () => {
    fc.assert(
      fc.property(anyContract, anyBasis, (contract, basis) => {
        const all = basis.discounts.reduce((sum, each) => sum + each.amount, 0);
        const byPlatform = basis.discounts.filter(({ bearer }) => bearer === 'PLATFORM');
        const paid = basis.goods + basis.packing + basis.delivery - all;
        const { income, commission, platformDelivery } = expectedIncomeOf(contract, basis);
        const added = byPlatform.reduce((sum, each) => sum + each.amount, 0);
        expect(paid + added).toBe(income + commission + platformDelivery);
      }),
    );
  });

  it('rounds half a cent of commission up, and is exact beyond 2^53', () => {
    const contract = { ...contractA, commissionRateBp: 50 };
    const goods = (amountMinor: number): IncomeBasis => ({ ...basisA, goods: amountMinor, discounts: [] });
    expect(expectedIncomeOf(contract, goods(100)).commission).toBe(1);
    expect(expectedIncomeOf(contract, goods(99)).commission).toBe(0);
    const most = expectedIncomeOf({ ...contractA, commissionRateBp: 9_999 }, goods(999_999_999_999));
    expect(most.commission).toBe(999_899_999_999);
  });
});

describe('a contract that cannot be counted with', () => {
  it.each([
    ['of a formula that nobody knows', { formulaVersion: 2 }],
    ['of more than the whole', { commissionRateBp: 10_001 }],
    ['of a fraction of a hundredth', { commissionRateBp: 0.5 }],
    ['of a negative floor', { commissionFloorMinor: -1 }],
  ])('%s is a bug, not an income', (_, change) => {
    expect(() => expectedIncomeOf({ ...contractA, ...change }, basisA)).toThrow(InvariantViolation);
  });

  it('nor is an amount with a fraction one', () => {
    expect(() => expectedIncomeOf(contractA, { ...basisA, goods: 0.5 })).toThrow(InvariantViolation);
  });
});
