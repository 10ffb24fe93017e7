/**
 * What a refund gives back, pure (DOMAIN §3). It takes the shares that were frozen at placement and computes none anew: units of a line by
 * cumulative floor, the last takes the remainder. Law: whatever sequence of refunds an order has, no line gives back more than was paid for
 * it, and a last full one ends exactly at what was paid.
 */
import {
  type RefundItem,
  RefundScope,
  type ReturnedCoupon,
  refuse,
  refuseViolations,
  type Violation,
} from '@ordo/contracts';
import { cumulativeFloorRange, splitByLargestRemainder } from '@ordo/kernel';
import {
  DELIVERY_LINE,
  itemLine,
  type LineAmount,
  PACKING_LINE,
  platformDiscounts,
  platformOnDelivery,
  type RefundableOrder,
  total,
} from './order-lines.js';

/** What earlier refunds have spoken for, whether the money has moved or not. */
export interface SpokenFor {
  /** What is left of each line. */
  readonly left: ReadonlyMap<string, number>;
  /** Units of each item, counted from the first. */
  readonly units: ReadonlyMap<string, number>;
}

export interface AskedItem {
  readonly itemId: string;
  readonly quantity: number;
}

export type AskedRefund =
  | {
      readonly scope: typeof RefundScope.FULL;
      /** The fee for carrying goes back, too: before pick-up, or by customer service. */
      readonly withDelivery: boolean;
    }
  | { readonly scope: typeof RefundScope.ITEMS; readonly items: readonly AskedItem[] }
  | { readonly scope: typeof RefundScope.AMOUNT; readonly amount: number };

export interface RefundBreakdown {
  readonly amount: number;
  /** For the ledger: what is held of which line. Σ = amount. */
  readonly lines: readonly LineAmount[];
  readonly items: readonly RefundItem[];
  readonly delivery: number;
  readonly platformAmount: number;
  readonly coupons: readonly ReturnedCoupon[];
}

type OrderLine = RefundableOrder['items'][number];

/** Nothing has gone back yet: what a fresh order has left. */
export const nothingSpokenFor = (lines: readonly LineAmount[]): SpokenFor => ({
  left: new Map(lines.map(({ lineKey, amount }) => [lineKey, amount])),
  units: new Map(),
});

/**
 * @throws Refusal REFUND_ITEM_UNKNOWN, REFUND_EXCEEDS_PAID (naming each field and what is left), ORDER_NOT_REFUNDABLE when what was asked for
 * was not paid for, INVALID_ARGUMENT for an item that is named twice.
 */
export function breakdownOf(order: RefundableOrder, spoken: SpokenFor, asked: AskedRefund): RefundBreakdown {
  const breakdown = byScope(order, spoken, asked);
  if (breakdown.amount > 0) return breakdown;
  throw refuse('ORDER_NOT_REFUNDABLE', 'nothing was paid for what is asked back, or it has gone back already', {
    reason: 'NOTHING_LEFT',
  });
}

function byScope(order: RefundableOrder, spoken: SpokenFor, asked: AskedRefund): RefundBreakdown {
  if (asked.scope === RefundScope.FULL) return fullBreakdown(order, spoken, asked.withDelivery);
  if (asked.scope === RefundScope.ITEMS) return itemsBreakdown(order, spoken, asked.items);
  return amountBreakdown(order, spoken, asked.amount);
}

const leftOf = ({ left }: SpokenFor, lineKey: string): number => left.get(lineKey) ?? 0;
const unitsOf = ({ units }: SpokenFor, itemId: string): number => units.get(itemId) ?? 0;

function fullBreakdown(order: RefundableOrder, spoken: SpokenFor, withDelivery: boolean): RefundBreakdown {
  const packed = leftOf(spoken, PACKING_LINE);
  const delivery = withDelivery ? leftOf(spoken, DELIVERY_LINE) : 0;
  const rest = order.items.map((line) => unitsBack(order, spoken, line, line.quantity - unitsOf(spoken, line.itemId)));
  const items = withPacking(rest, packed);
  const isWhole = order.items.every(({ itemId }) => unitsOf(spoken, itemId) === 0);
  const platform = total(rest.map(({ platform }) => platform)) + (delivery > 0 ? platformOnDelivery(order) : 0);
  return {
    ...{ items: items.filter(isSomething), delivery, platformAmount: platform },
    ...sumUp([
      ...goodsLines(rest),
      { lineKey: PACKING_LINE, amount: packed },
      { lineKey: DELIVERY_LINE, amount: delivery },
    ]),
    coupons: isWhole ? platformCoupons(order) : [],
  };
}

function itemsBreakdown(order: RefundableOrder, spoken: SpokenFor, asked: readonly AskedItem[]): RefundBreakdown {
  const byId = new Map(order.items.map((line) => [line.itemId, line]));
  assertKnown(asked, byId);
  assertUnitsLeft(asked, byId, spoken);
  const back = asked.flatMap(({ itemId, quantity }) => {
    const line = byId.get(itemId);
    return line === undefined ? [] : [unitsBack(order, spoken, line, quantity)];
  });
  const packing = Math.min(
    total(back.map(({ line, quantity }) => line.packingFee * quantity)),
    leftOf(spoken, PACKING_LINE),
  );
  return {
    ...{ items: withPacking(back, packing), delivery: 0, coupons: [] },
    platformAmount: total(back.map(({ platform }) => platform)),
    ...sumUp([...goodsLines(back), { lineKey: PACKING_LINE, amount: packing }]),
  };
}

/** A sum without units: spread over what is left of goods and packing, so that no line gives more than it has. */
function amountBreakdown(order: RefundableOrder, spoken: SpokenFor, amount: number): RefundBreakdown {
  const keys = [...order.items.map(({ itemId }) => itemLine(itemId)), PACKING_LINE];
  const left = keys.map((lineKey) => leftOf(spoken, lineKey));
  if (amount > total(left))
    throw exceeds([{ field: 'amount', rule: 'maximum', message: `must be at most ${total(left)}` }]);
  const shares = amount === 0 ? left.map(() => 0) : splitByLargestRemainder(amount, left);
  const items = order.items.map(({ itemId }, at) => ({ itemId, quantity: 0, amount: shares[at] ?? 0, packing: 0 }));
  return {
    ...{ items: items.filter(isSomething), delivery: 0, platformAmount: 0, coupons: [] },
    ...sumUp(keys.map((lineKey, at) => ({ lineKey, amount: shares[at] ?? 0 }))),
  };
}

interface UnitsBack {
  readonly line: OrderLine;
  readonly quantity: number;
  readonly amount: number;
  readonly platform: number;
}

/** The next `quantity` units of a line, in the order in which units are counted. */
function unitsBack(order: RefundableOrder, spoken: SpokenFor, line: OrderLine, quantity: number): UnitsBack {
  const from = unitsOf(spoken, line.itemId);
  const to = from + quantity;
  const shares = line.discountShares.map(({ discountId, amount }) => ({
    discountId,
    amount: cumulativeFloorRange(amount, line.quantity, from, to),
  }));
  const bare = line.unitPrice * quantity - total(shares.map(({ amount }) => amount));
  const left = leftOf(spoken, itemLine(line.itemId));
  const borne = platformDiscounts(order);
  return {
    ...{ line, quantity },
    // A sum may have gone back before without units: then a unit gives what is left, and the last one all of it.
    amount: to === line.quantity ? left : Math.min(bare, left),
    platform: total(shares.filter(({ discountId }) => borne.has(discountId)).map(({ amount }) => amount)),
  };
}

const goodsLines = (back: readonly UnitsBack[]): LineAmount[] =>
  back.map(({ line, amount }) => ({ lineKey: itemLine(line.itemId), amount }));

/** Packing as it is shown beside each item; where less is left than the units would have, the first ones have theirs. */
function withPacking(back: readonly UnitsBack[], packing: number): RefundItem[] {
  let left = packing;
  return back.map(({ line, quantity, amount }) => {
    const own = Math.min(line.packingFee * quantity, left);
    left -= own;
    return { itemId: line.itemId, quantity, amount, packing: own };
  });
}

const isSomething = ({ quantity, amount, packing }: RefundItem): boolean => quantity > 0 || amount > 0 || packing > 0;

function sumUp(lines: readonly LineAmount[]): Pick<RefundBreakdown, 'amount' | 'lines'> {
  const some = lines.filter(({ amount }) => amount > 0);
  return { amount: total(some.map(({ amount }) => amount)), lines: some };
}

const platformCoupons = (order: RefundableOrder): ReturnedCoupon[] => {
  const borne = platformDiscounts(order);
  return order.discounts
    .filter(({ discountId }) => borne.has(discountId))
    .map(({ discountId, amount }) => ({ discountId, amount }));
};

function assertKnown(asked: readonly AskedItem[], byId: ReadonlyMap<string, OrderLine>): void {
  const unknown = asked.flatMap(({ itemId }, at) =>
    byId.has(itemId) ? [] : [{ field: `items[${at}].itemId`, rule: 'known', message: 'is not of this order' }],
  );
  if (unknown.length > 0) throw refuseViolations(unknown, 'REFUND_ITEM_UNKNOWN');
  const ids = asked.map(({ itemId }) => itemId);
  const twice = ids.flatMap((itemId, at) =>
    ids.indexOf(itemId) === at ? [] : [{ field: `items[${at}].itemId`, rule: 'unique', message: 'stands twice' }],
  );
  if (twice.length > 0) throw refuseViolations(twice);
}

function assertUnitsLeft(asked: readonly AskedItem[], byId: ReadonlyMap<string, OrderLine>, spoken: SpokenFor): void {
  const beyond = asked.flatMap(({ itemId, quantity }, at) => {
    const left = (byId.get(itemId)?.quantity ?? 0) - unitsOf(spoken, itemId);
    if (quantity <= left) return [];
    return [{ field: `items[${at}].quantity`, rule: 'maximum', message: `must be at most ${left}` }];
  });
  if (beyond.length > 0) throw exceeds(beyond);
}

const exceeds = (violations: readonly Violation[]): Error => refuseViolations(violations, 'REFUND_EXCEEDS_PAID');
