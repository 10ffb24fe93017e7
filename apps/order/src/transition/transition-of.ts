/** What a row of the state table makes of an order: the row as it is afterwards, and its event. The same for a caller and for a deadline. */
import { type OrderDeadlines, OrderStatus } from '@ordo/contracts';
import type { ChangeEvent } from '../change/order-change.js';
import { deadlineAfter, type TakenRow } from '../lifecycle/order.state.js';
import type { OrderBase } from '../record/order-record.js';
import { eventDataOf } from './transition-event.js';

/** Who took the row, why, and when. */
export interface TransitionFacts {
  readonly role: number;
  /** Why, for an invalidation; absent: other. */
  readonly reasonCode: number | undefined;
  readonly note: string | undefined;
  readonly nowMs: number;
  /** What the order was placed with. */
  readonly deadlines: OrderDeadlines | undefined;
}

/** The instant that each state stamps. FULFILLING is what acceptance means for goods without a courier. */
const stampOf: Readonly<Partial<Record<OrderStatus, keyof OrderBase>>> = {
  ACCEPTED: 'acceptedAt',
  FULFILLING: 'acceptedAt',
  RECEIVED: 'receivedAt',
  COMPLETED: 'completedAt',
  INVALID: 'invalidatedAt',
};

/** The order after `row`, and what announces it. Pure. */
export function transitionOf(
  before: OrderBase,
  row: TakenRow,
  facts: TransitionFacts,
): { readonly after: OrderBase; readonly event: ChangeEvent } {
  const { role, nowMs } = facts;
  const stamp = stampOf[row.to];
  const isInvalid = row.to === OrderStatus.INVALID;
  const after: OrderBase = {
    ...before,
    status: row.to,
    version: before.version + 1,
    deadlineAt: deadlineAfter(row, nowMs, facts.deadlines),
    role,
    ...(isInvalid ? { reasonCode: facts.reasonCode ?? 0 } : {}),
    ...(stamp === undefined ? {} : { [stamp]: nowMs }),
  };
  const event: ChangeEvent = {
    type: row.emits,
    occurredAt: stamp === undefined ? before.createdAt : Number(after[stamp]),
    role,
    reasonCode: isInvalid ? after.reasonCode : null,
    note: facts.note ?? null,
    data: eventDataOf(before, after),
  };
  return { after, event };
}
