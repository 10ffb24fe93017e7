/** From an accepted order to the first record of its delivery, and to what its carrier is told. Pure. */
import type { OrderDocument } from '@ordo/contracts';
import { type DeliveryRecord, ReceiptState } from '../delivery-record/delivery-record.js';
import type { ContractSnapshot } from '../expected-income/contract-snapshot.js';
import { expectedIncomeOf } from '../expected-income/income-formulas.rules.js';
import type { FrozenPromise } from '../promise-answers/promise-token.js';
import { firstLife } from '../waybill-life/waybill.state.js';
import type { HandOffPayload } from '../waybills/waybill.js';

/** Orders that a courier brings; a user who comes for the goods needs none. */
export const needsCourier = ({ bizType, extension }: OrderDocument): boolean =>
  bizType === 'takeout' && extension['selfPickup'] !== true;

export interface FirstFacts {
  readonly deliveryId: string;
  readonly contract: ContractSnapshot;
  readonly promise: FrozenPromise | null;
  readonly carrier: string;
  readonly nowMs: number;
}

export function firstRecord(order: OrderDocument, facts: FirstFacts): DeliveryRecord {
  const { contract, promise, carrier, nowMs, deliveryId } = facts;
  const { orderId, userId, merchantId, bizType, currency, items, fees, discounts } = order;
  const goods = items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0);
  const packing = items.reduce((sum, { packingFee, quantity }) => sum + packingFee * quantity, 0);
  const income = expectedIncomeOf(contract, { goods, packing, delivery: fees.delivery, discounts });
  return {
    ...{ orderId, deliveryId, userId, merchantId, bizType, currency, version: 1 },
    ...{ life: firstLife(nowMs), carrier, tipMinor: 0, promise, income: { ...income, contract } },
    ...{ isOrderEnded: false, unclaimedAtMs: null, deliveredAtMs: null, lateness: null },
    ...{ receipt: ReceiptState.NONE, createdAtMs: nowMs },
  };
}

export function payloadOf(order: OrderDocument, promise: FrozenPromise | null): HandOffPayload {
  const { orderId, bizType, merchantId, currency, items, recipient, remark, extension } = order;
  const numberOf = (name: string): number | null => (typeof extension[name] === 'number' ? extension[name] : null);
  return {
    ...{ orderId, bizType, merchantId, currency, remark },
    goodsAmount: items.reduce((sum, { unitPrice, quantity }) => sum + unitPrice * quantity, 0),
    items: items.map(({ name, quantity }) => ({ name, quantity })),
    recipient: {
      ...{ name: recipient.name, phone: recipient.phone, address: recipient.address },
      ...{ longitude: numberOf('recipientLongitude'), latitude: numberOf('recipientLatitude') },
    },
    promisedAt: promise === null ? null : new Date(promise.promisedAtMs).toISOString(),
  };
}
