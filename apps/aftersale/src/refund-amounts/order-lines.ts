/**
 * The lines that a payment is cut into, so that what goes back is bounded line by line. Their amounts were frozen at placement (DOMAIN §3)
 * and add up to what was paid.
 */
import { DiscountBearer, DiscountScope, type OrderDocument } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';

/** What amounts need to know of an order. */
export type RefundableOrder = Pick<OrderDocument, 'payAmount' | 'items' | 'fees' | 'discounts'>;

export interface LineAmount {
  readonly lineKey: string;
  readonly amount: number;
}

export const itemLine = (itemId: string): string => `item:${itemId}`;
export const PACKING_LINE = 'packing';
export const DELIVERY_LINE = 'delivery';
/** Money that belongs to no item: a payment that came too late or twice. */
export const paymentLine = (paymentId: string): string => `payment:${paymentId}`;

export const total = (amounts: readonly number[]): number => amounts.reduce((sum, amount) => sum + amount, 0);

const isOnDelivery = ({ scope }: { readonly scope?: DiscountScope }): boolean => scope === DiscountScope.DELIVERY;

/** What the user paid for carrying: the fee less what reduces it alone. */
export const paidDelivery = ({ fees, discounts }: RefundableOrder): number =>
  fees.delivery - total(discounts.filter(isOnDelivery).map(({ amount }) => amount));

export const paidPacking = ({ items }: RefundableOrder): number =>
  total(items.map(({ packingFee, quantity }) => packingFee * quantity));

/** One line per item, one for all packing, one for delivery; lines of zero are left out. Σ = payAmount. */
export function orderLines(order: RefundableOrder): LineAmount[] {
  const lines = [
    ...order.items.map(({ itemId, payable }) => ({ lineKey: itemLine(itemId), amount: payable })),
    { lineKey: PACKING_LINE, amount: paidPacking(order) },
    { lineKey: DELIVERY_LINE, amount: paidDelivery(order) },
  ].filter(({ amount }) => amount > 0);
  const sum = total(lines.map(({ amount }) => amount));
  invariant(sum === order.payAmount, 'the lines of an order add up to what was paid', { sum, paid: order.payAmount });
  return lines;
}

/** Discounts on goods whose shares the platform bears. */
export const platformDiscounts = ({ discounts }: RefundableOrder): ReadonlySet<string> =>
  new Set(
    discounts
      .filter((discount) => discount.bearer === DiscountBearer.PLATFORM && !isOnDelivery(discount))
      .map(({ discountId }) => discountId),
  );

/** What the platform added to the delivery fee. */
export const platformOnDelivery = ({ discounts }: RefundableOrder): number =>
  total(
    discounts
      .filter((discount) => discount.bearer === DiscountBearer.PLATFORM && isOnDelivery(discount))
      .map(({ amount }) => amount),
  );
