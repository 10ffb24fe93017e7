/** What must hold of the amounts of a placement before anything is computed from them; every broken rule is named at once. */
import type { Violation } from '@ordo/contracts';
import { isMinorAmount, MAX_AMOUNT_MINOR } from '@ordo/kernel';
import type { PricedOrder } from './priced-order.js';

/** Four digits: no basket has more of one thing, and it bounds the units that a refund may ever have to tell apart. */
export const MAX_QUANTITY = 9_999;

/** An integer from 0 to the maximum; says which of the three it is not. */
function amountFault(field: string, value: unknown): Violation[] {
  if (isMinorAmount(value)) return [];
  if (!Number.isInteger(value)) {
    return [{ field, rule: 'integer', message: 'must be an integer of minor units' }];
  }
  if ((value as number) < 0) return [{ field, rule: 'minimum', message: 'must not be negative' }];
  return [{ field, rule: 'maximum', message: `must not be above ${MAX_AMOUNT_MINOR}` }];
}

function quantityFault(field: string, value: unknown): Violation[] {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_QUANTITY) return [];
  return [{ field, rule: 'range', message: `must be an integer from 1 to ${MAX_QUANTITY}` }];
}

/** Shares are kept by discount id and refunds name lines by item id: an id that stands twice would name two amounts. */
function repeatFaults(ids: readonly string[], fieldOf: (at: number) => string): Violation[] {
  const seen = new Set<string>();
  return ids.flatMap((id, at) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    return [{ field: fieldOf(at), rule: 'unique', message: 'stands twice' }];
  });
}

/** Faults of single fields: sign, size, wholeness, repeated ids. */
export function fieldFaults(order: PricedOrder): Violation[] {
  const { items, fees, discounts, payAmount } = order;
  return [
    ...amountFault('payAmount', payAmount),
    ...(items.length === 0 ? [{ field: 'items', rule: 'minItems', message: 'must hold at least one item' }] : []),
    ...items.flatMap((item, at) => [
      ...quantityFault(`items[${at}].quantity`, item.quantity),
      ...amountFault(`items[${at}].unitPrice`, item.unitPrice),
      ...amountFault(`items[${at}].packingFee`, item.packingFee),
    ]),
    ...repeatFaults(
      items.map((item) => item.itemId),
      (at) => `items[${at}].itemId`,
    ),
    ...amountFault('fees.delivery', fees.delivery),
    ...discounts.flatMap((discount, at) => amountFault(`discounts[${at}].amount`, discount.amount)),
    ...repeatFaults(
      discounts.map((discount) => discount.discountId),
      (at) => `discounts[${at}].discountId`,
    ),
  ];
}

/** Sums that pass the maximum, field by field where one line alone does it. Requires {@link fieldFaults} to be empty. */
export function sumFaults(order: PricedOrder): Violation[] {
  const tooMuch = (field: string, what: string): Violation => ({
    field,
    rule: 'maximum',
    message: `${what} must not be above ${MAX_AMOUNT_MINOR}`,
  });
  const lines = order.items.flatMap(({ unitPrice, packingFee, quantity }, at) => [
    ...(unitPrice * quantity > MAX_AMOUNT_MINOR ? [tooMuch(`items[${at}].unitPrice`, 'unit price × quantity')] : []),
    ...(packingFee * quantity > MAX_AMOUNT_MINOR ? [tooMuch(`items[${at}].packingFee`, 'packing fee × quantity')] : []),
  ]);
  if (lines.length > 0) return lines;
  const gross = order.items.reduce(
    (sum, item) => sum + (item.unitPrice + item.packingFee) * item.quantity,
    order.fees.delivery,
  );
  return gross > MAX_AMOUNT_MINOR ? [tooMuch('items', 'the sum of items, packing and delivery')] : [];
}

/** Discounts that are larger than what they apply to; names the one with which the sum passes it. */
export function discountFaults(order: PricedOrder, goodsAmount: number): Violation[] {
  const left = { GOODS: goodsAmount, DELIVERY: order.fees.delivery };
  return order.discounts.flatMap(({ amount, scope = 'GOODS' }, at) => {
    left[scope] -= amount;
    if (left[scope] >= 0 || left[scope] + amount < 0) return [];
    const applied = scope === 'GOODS' ? `goods (${goodsAmount})` : `delivery fee (${order.fees.delivery})`;
    const message = `the discounts of scope ${scope} must not be above the ${applied}`;
    return [{ field: `discounts[${at}].amount`, rule: 'withinScope', message }];
  });
}
