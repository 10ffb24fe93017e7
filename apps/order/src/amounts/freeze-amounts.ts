/**
 * The money of an order, checked and frozen at placement (DOMAIN §3). The caller's arithmetic is re-done from unit prices; what each
 * line owes is fixed here once, and every later refund takes these shares and computes none anew. Pure.
 */
import { type DiscountShare, refuseViolations } from '@ordo/contracts';
import { discountFaults, fieldFaults, sumFaults } from './amount.rules.js';
import { splitDiscounts } from './discount-split.js';
import type { PricedOrder } from './priced-order.js';

export interface FrozenLine {
  /** Goods of the line less its shares; packing is apart. Never negative. */
  readonly payable: number;
  /** In the order of the discounts; a discount of which the line carries nothing is left out. */
  readonly discountShares: readonly DiscountShare[];
}

export interface FrozenAmounts {
  readonly payAmount: number;
  readonly goodsAmount: number;
  readonly packingAmount: number;
  /** The delivery fee before discounts. */
  readonly deliveryAmount: number;
  /** Σ discounts of both scopes. */
  readonly discountAmount: number;
  /** One per item, in their order. */
  readonly lines: readonly FrozenLine[];
}

const total = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

/**
 * Checks `payAmount = goods + packing + delivery − Σ discounts` and freezes every line's shares.
 * @throws Refusal INVALID_ARGUMENT for a field that is no amount, an overflow or a repeated id; AMOUNT_MISMATCH for discounts above
 * what they apply to, or a payAmount that does not add up (details `expected` and `given`). Violations name field and rule.
 */
export function freezeAmounts(order: PricedOrder): FrozenAmounts {
  const invalid = fieldFaults(order);
  if (invalid.length > 0) throw refuseViolations(invalid);
  const overflows = sumFaults(order);
  if (overflows.length > 0) throw refuseViolations(overflows);
  const lineGoods = order.items.map((item) => item.unitPrice * item.quantity);
  const goodsAmount = total(lineGoods);
  const beyond = discountFaults(order, goodsAmount);
  if (beyond.length > 0) throw refuseViolations(beyond, 'AMOUNT_MISMATCH');
  const packingAmount = total(order.items.map((item) => item.packingFee * item.quantity));
  const deliveryAmount = order.fees.delivery;
  const discountAmount = total(order.discounts.map((discount) => discount.amount));
  const payAmount = goodsAmount + packingAmount + deliveryAmount - discountAmount;
  if (payAmount !== order.payAmount) throw mismatch(payAmount, order.payAmount);
  return {
    payAmount,
    goodsAmount,
    packingAmount,
    deliveryAmount,
    discountAmount,
    lines: freezeLines(order, lineGoods),
  };
}

function freezeLines(order: PricedOrder, lineGoods: readonly number[]): FrozenLine[] {
  const onGoods = order.discounts.filter((discount) => discount.scope !== 'DELIVERY');
  const shares = splitDiscounts(
    onGoods.map((discount) => discount.amount),
    lineGoods,
  );
  return lineGoods.map((goods, line) => {
    const discountShares = onGoods
      .map(({ discountId }, discount) => ({ discountId, amount: shares[discount]?.[line] ?? 0 }))
      .filter((share) => share.amount > 0);
    return { payable: goods - total(discountShares.map((share) => share.amount)), discountShares };
  });
}

const mismatch = (expected: number, given: number) =>
  refuseViolations(
    [
      {
        field: 'payAmount',
        rule: 'amountIdentity',
        message: `items + packing + delivery − discounts is ${expected}, not ${given}`,
      },
    ],
    'AMOUNT_MISMATCH',
    { expected, given },
  );
