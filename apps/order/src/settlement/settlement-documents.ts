/** What settlement is told of a completed order: amounts, who bears what, and times; nobody's name and address. */
import { type OrderDiscount, type OrderFees, type OrderTagName, tagNamesOf } from '@ordo/contracts';
import type { OrderRecord } from '../reading/order-rows.js';
import { placeText } from './settlement-cursor.rules.js';

export interface SettledOrder {
  readonly orderId: string;
  readonly bizType: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly version: number;
  readonly tags: readonly OrderTagName[];
  readonly currency: string;
  readonly payAmount: number;
  readonly goodsAmount: number;
  readonly packingAmount: number;
  readonly deliveryAmount: number;
  readonly discountAmount: number;
  readonly discounts: readonly OrderDiscount[];
  readonly fees: OrderFees;
  readonly paymentId: string | null;
  readonly businessDate: string | null;
  readonly daySerial: number | null;
  readonly paidAt: string | null;
  readonly completedAt: string;
  /** Continues the export behind this order. */
  readonly cursor: string;
}

export interface ExportEnd {
  readonly end: true;
  /** Every order that was completed before this instant was told; later than asked never, earlier where changes still travel. */
  readonly completedTo: string;
  readonly orders: number;
}

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

export function settledOrderOf({ base, ext }: OrderRecord, shard: number): SettledOrder {
  const completedAtMs = base.completedAt ?? 0;
  return {
    ...{ orderId: base.orderId, bizType: base.bizType, userId: base.userId, merchantId: base.merchantId },
    ...{ version: base.version, tags: tagNamesOf(base.tags), currency: base.currency, payAmount: base.payAmount },
    ...{ goodsAmount: base.goodsAmount, packingAmount: base.packingAmount, deliveryAmount: base.deliveryAmount },
    ...{ discountAmount: base.discountAmount, discounts: ext.discounts, fees: ext.fees, paymentId: base.paymentId },
    ...{ businessDate: base.businessDate, daySerial: base.daySerial, paidAt: isoOf(base.paidAt) },
    completedAt: new Date(completedAtMs).toISOString(),
    cursor: placeText({ shard, completedAtMs, orderId: base.orderId }),
  };
}
