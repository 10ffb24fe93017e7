/**
 * What is left of an order after refunds, as the amounts that a merchant's income is counted from. The formula itself belongs to the
 * contract with the merchant; this is only its input, in the form that it takes before a refund, too.
 */
import { DiscountScope, type OrderDiscount } from '@ordo/contracts';
import { cumulativeFloorRange } from '@ordo/kernel';
import { type RefundableOrder, total } from './order-lines.js';

export interface IncomeLeft {
  readonly goods: number;
  readonly packing: number;
  readonly delivery: number;
  readonly discounts: readonly Pick<OrderDiscount, 'amount' | 'bearer' | 'scope'>[];
}

/** `units`: how many of each item went back, counted from the first. `deliveryGone`: the fee went back as well. */
export function incomeLeft(
  order: RefundableOrder,
  units: ReadonlyMap<string, number>,
  deliveryGone: boolean,
): IncomeLeft {
  const kept = order.items.map((line) => ({ line, from: units.get(line.itemId) ?? 0 }));
  const shareLeft = (discountId: string): number =>
    total(
      kept.map(({ line, from }) => {
        const share = line.discountShares.find((each) => each.discountId === discountId)?.amount ?? 0;
        return cumulativeFloorRange(share, line.quantity, from, line.quantity);
      }),
    );
  return {
    goods: total(kept.map(({ line, from }) => line.unitPrice * (line.quantity - from))),
    packing: total(kept.map(({ line, from }) => line.packingFee * (line.quantity - from))),
    delivery: deliveryGone ? 0 : order.fees.delivery,
    discounts: order.discounts.map(({ discountId, amount, bearer, scope = DiscountScope.GOODS }) => {
      const onDelivery = scope === DiscountScope.DELIVERY;
      return { amount: onDelivery ? (deliveryGone ? 0 : amount) : shareLeft(discountId), bearer, scope };
    }),
  };
}
