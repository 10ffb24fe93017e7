/** Between the messages of `ordo.aftersale.v1` and the bodies of the contract: protobuf has no absent list, and no order document here. */
import type { CancellationAnswer } from '../cancellation/cancel-order-handler.js';

/** A message as the loader gives it: scalars with their defaults, optional fields absent, lists empty. */
export type Message = Readonly<Record<string, unknown>>;

/** An empty list is what JSON leaves out: `items` is not taken with FULL, whatever it holds. */
export const withoutEmptyLists = (message: Message): Message =>
  Object.fromEntries(Object.entries(message).filter(([, value]) => !(Array.isArray(value) && value.length === 0)));

export function requestOf({ idempotencyKey, ...body }: Message): { readonly body: Message; readonly key: string } {
  return { body: withoutEmptyLists(body), key: typeof idempotencyKey === 'string' ? idempotencyKey : '' };
}

export interface CancellationMessage extends Omit<CancellationAnswer, 'order'> {
  readonly orderId: string;
  readonly orderStatus: string;
  readonly orderVersion: number;
}

export const cancellationOf = ({ outcome, order, refund }: CancellationAnswer): CancellationMessage => ({
  ...{ outcome, refund, orderId: order.orderId, orderStatus: order.status, orderVersion: order.version },
});
