/**
 * What a merchant may expect of an order, shown at acceptance: an estimate, the bill prevails (DOMAIN §3). A formula is never edited:
 * a contract that counts otherwise names a new version beside the old.
 */
import { DiscountBearer, DiscountScope, type OrderDiscount } from '@ordo/contracts';
import { assertMinorAmount, invariant } from '@ordo/kernel';
import { ContractDelivery, type ContractSnapshot } from './contract-snapshot.js';

/** The amounts of an order that the formula looks at, minor units. After a refund: those of what is left. */
export interface IncomeBasis {
  readonly goods: number;
  readonly packing: number;
  readonly delivery: number;
  readonly discounts: readonly Pick<OrderDiscount, 'amount' | 'bearer' | 'scope'>[];
}

export interface ExpectedIncome {
  readonly formulaVersion: number;
  readonly commissionBase: number;
  readonly commission: number;
  /** What the platform keeps for carrying; 0 where the merchant carries. */
  readonly platformDelivery: number;
  /** Negative where the least commission and the merchant's discounts exceed the goods. */
  readonly income: number;
}

type Formula = (contract: ContractSnapshot, basis: IncomeBasis) => Omit<ExpectedIncome, 'formulaVersion'>;

const WHOLE_BP = 10_000n;

const formulas: Readonly<Record<number, Formula>> = { 1: onGoodsLessOwnDiscounts };
/** Those that a contract may name. */
export const incomeFormulaVersions: readonly number[] = Object.keys(formulas).map(Number);

/** @throws InvariantViolation for a version that no release of ours knew, or an amount that is none. */
export function expectedIncomeOf(contract: ContractSnapshot, basis: IncomeBasis): ExpectedIncome {
  const { formulaVersion } = contract;
  const formula = formulas[formulaVersion];
  invariant(formula !== undefined, `no income formula has the version ${formulaVersion}`, { formulaVersion });
  assertContract(contract);
  for (const amount of amountsOf(basis)) assertMinorAmount(amount, 'an amount of the income basis');
  return { formulaVersion, ...formula(contract, basis) };
}

/** Version 1: commission on goods and packing, less the discounts on goods that the merchant bears himself. */
function onGoodsLessOwnDiscounts(contract: ContractSnapshot, basis: IncomeBasis): ReturnType<Formula> {
  const { goods, packing, delivery } = basis;
  const own = basis.discounts.filter(({ bearer }) => bearer === DiscountBearer.MERCHANT);
  const ownOnGoods = sum(own.filter(({ scope }) => scope !== DiscountScope.DELIVERY));
  const commissionBase = goods + packing - ownOnGoods;
  const commission = Math.max(contract.commissionFloorMinor, shareOf(commissionBase, contract.commissionRateBp));
  const carries = contract.delivery === ContractDelivery.MERCHANT;
  const income = goods + packing + (carries ? delivery : 0) - sum(own) - commission;
  return { commissionBase, commission, platformDelivery: carries ? 0 : delivery, income };
}

/** Rounded half up; in BigInt, because an amount times 10,000 may pass 2^53. */
function shareOf(amount: number, rateBp: number): number {
  return Number((BigInt(amount) * BigInt(rateBp) + WHOLE_BP / 2n) / WHOLE_BP);
}

const sum = (discounts: readonly { readonly amount: number }[]): number =>
  discounts.reduce((running, { amount }) => running + amount, 0);

const amountsOf = ({ goods, packing, delivery, discounts }: IncomeBasis): number[] => [
  ...[goods, packing, delivery],
  ...discounts.map(({ amount }) => amount),
];

function assertContract({ commissionRateBp, commissionFloorMinor }: ContractSnapshot): void {
  assertMinorAmount(commissionFloorMinor, 'the least commission');
  const isRate = Number.isInteger(commissionRateBp) && commissionRateBp >= 0 && commissionRateBp <= Number(WHOLE_BP);
  invariant(isRate, 'a commission rate lies between 0 and 10,000 hundredths of a per cent', { commissionRateBp });
}
