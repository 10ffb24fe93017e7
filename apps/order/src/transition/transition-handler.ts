/**
 * Accept, receive, complete, invalidate: one handler, because the table decides everything that differs. Guarantee (P4): the state
 * changes only along a row of the table, as a compare-and-set under the row's lock; of two writers one wins and the other is told the
 * state that it lost to.
 */

import { type OrderDocument, type Role, refuse } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { actingRole, type CallContext, isUnbound } from '@ordo/platform';
import type { Placement, ShardTransactions } from '@ordo/sharding';
import { assertVisible } from '../access/order-access.rules.js';
import type { OrderCache } from '../change/order-cache.js';
import { transitionEffects } from '../change/order-change.js';
import { addressOf, type LockedOrder, lockedOrderOf, lockOrder } from '../change/order-lock.repository.js';
import type { DeadlineSink } from '../deadlines/deadline-indexer.js';
import { businessTypeByName, checkTransition, next } from '../lifecycle/order.state.js';
import type { OrderRow } from '../record/order-columns.js';
import { documentOf } from '../record/order-document.js';
import { visiblePartiesOf } from '../record/order-parties.js';
import type { OrderBase } from '../record/order-record.js';
import { deadlinesFrom } from './promised-deadline.rules.js';
import { transitionOf } from './transition-of.js';

export interface TransitionCommand {
  readonly orderId: string;
  readonly command: 'accept' | 'receive' | 'complete' | 'invalidate';
  /** The role to act in; absent: the first role of the caller that the table lets do this. */
  readonly role?: number;
  /** Why, for an invalidation. */
  readonly reasonCode?: number;
  readonly note?: string;
}

/** An outbox row with its payload, and the statement itself. */
const TRANSITION_BYTES = 4_096;

export class TransitionHandler {
  constructor(
    private readonly placement: Placement,
    private readonly transactions: ShardTransactions,
    private readonly cache: OrderCache,
    private readonly deadlines: DeadlineSink,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws ORDER_NOT_FOUND for an order that is absent or not the caller's, ORDER_NOT_…ABLE (409) naming the current state, FORBIDDEN
   * for a role that the caller may not act in. A repeat after a lost answer gets the conflict that names the state it reached.
   */
  async handle(command: TransitionCommand, context: CallContext): Promise<OrderDocument> {
    const address = addressOf(command.orderId, this.placement);
    let found = undefined as OrderBase | undefined;
    const decided = this.transactions.run<LockedOrder>({
      node: address.node,
      lockKey: address.lockKey,
      open: [lockOrder(command.orderId, address)],
      sizeBytes: TRANSITION_BYTES,
      decide: ([rows]) => {
        const locked = lockedOrderOf(rows as OrderRow[]);
        found = locked?.base;
        assertVisible(context.caller, command.orderId, locked && visiblePartiesOf(locked.base));
        if (locked === undefined) throw refuse('ORDER_NOT_FOUND', `order ${command.orderId} does not exist`);
        return this.decide(locked, command, context);
      },
    });
    const { base, ext } = await decided.catch((error: unknown) => this.cache.refused(found, error));
    this.deadlines.note(base);
    await this.cache.remember(base);
    return documentOf(base, ext);
  }

  private decide(locked: LockedOrder, command: TransitionCommand, context: CallContext) {
    const before = locked.base;
    const nowMs = this.clock.nowMs();
    const role = roleFor(before, command, context);
    const row = checkTransition({
      ...{ orderId: before.orderId, bizType: before.bizType, status: before.status, command: command.command },
      ...{ role: role as Role, times: before, nowMs },
    });
    if ('replay' in row && row.replay) return { verdict: locked };
    const { reasonCode, note } = command;
    const { after, event } = transitionOf(before, row, {
      role,
      reasonCode,
      note,
      nowMs,
      deadlines: deadlinesFrom(businessTypeByName(before.bizType), locked.ext, nowMs),
    });
    const effects = transitionEffects(before, after, event, context.traceParent);
    return { verdict: { base: after, ext: locked.ext }, effects };
  }
}

/** A service that names no role acts in the first of its roles that the table lets do this. */
function roleFor(before: OrderBase, command: TransitionCommand, { caller }: CallContext): number {
  if (command.role !== undefined || !isUnbound(caller)) return actingRole(caller, command.role);
  const allowed: readonly number[] = next(before.bizType, before.status, command.command)?.roles ?? [];
  return actingRole(
    caller,
    caller.roles.find((role) => allowed.includes(role)),
  );
}
