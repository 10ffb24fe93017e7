/** What a deadline does to an order, and where it stands in the index. Pure. */
import { type Role as AnyRole, type OrderDeadlines, Role } from '@ordo/contracts';
import { InvariantViolation, invariant } from '@ordo/kernel';
import { shardOf } from '@ordo/sharding';
import { type IndexEntry, slotOf } from '@ordo/timers';
import type { ChangeEvent } from '../change/order-change.js';
import { businessTypeByName, checkTransition } from '../lifecycle/order.state.js';
import type { OrderBase } from '../record/order-record.js';
import { transitionOf } from '../transition/transition-of.js';

/** The queue of the timers' index. One partition per user shard, so that a shard's timers move with it. */
export const ORDER_DEADLINE_QUEUE = 'order-deadline';

/** The place of an order's pending deadline in the index; undefined where nothing pends. */
export function deadlineEntryOf({ orderId, userId, deadlineAt }: OrderBase): IndexEntry | undefined {
  return deadlineAt === null ? undefined : { id: orderId, partition: shardOf(userId), slot: slotOf(deadlineAt) };
}

/**
 * The change that the pending deadline of `before` brings at `nowMs`, which is at or after it: the system issues the command that the
 * state names. `own`: what the order was placed with, for the deadline of the state that follows. The note tells operators when it was due; the change itself carries the moment at which it happened.
 * @throws InvariantViolation for a row that has a deadline in a state that has none.
 */
export function expiryOf(
  before: OrderBase,
  own: OrderDeadlines | undefined,
  nowMs: number,
): { readonly after: OrderBase; readonly event: ChangeEvent } {
  const { orderId, bizType, status, deadlineAt } = before;
  const deadline = businessTypeByName(bizType).deadlines[status];
  invariant(deadline !== undefined && deadlineAt !== null, `an order in ${status} waits for no deadline`, { orderId });
  invariant(deadlineAt <= nowMs, 'a deadline does not end an order early', { orderId, deadlineAt, nowMs });
  const role: AnyRole = Role.SYSTEM;
  const row = checkTransition({ orderId, bizType, status, command: deadline.command, role, times: before, nowMs });
  if ('replay' in row && row.replay) {
    throw new InvariantViolation('a deadline leads to where the order is already', { orderId, status });
  }
  const note = `due ${new Date(deadlineAt).toISOString()}`;
  return transitionOf(before, row, { role, reasonCode: deadline.reasonCode, note, nowMs, deadlines: own });
}
