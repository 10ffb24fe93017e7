/**
 * Facts that other apps attach to an order without changing its state: an application is open, money went back. Idempotent by what it says:
 * tags that are there already, or gone already, change nothing and tell nothing.
 */
import { type OrderDocument, type OrderTagName, refuse, tagBitsOf, tagNamesOf } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { actingRole, type CallContext, isUnbound } from '@ordo/platform';
import type { Decision, Placement, ShardTransactions } from '@ordo/sharding';
import { assertVisible } from '../access/order-access.rules.js';
import type { OrderCache } from '../change/order-cache.js';
import { transitionEffects } from '../change/order-change.js';
import { addressOf, type LockedOrder, lockedOrderOf, lockOrder } from '../change/order-lock.repository.js';
import type { OrderRow } from '../record/order-columns.js';
import { documentOf } from '../record/order-document.js';
import { visiblePartiesOf } from '../record/order-parties.js';
import type { OrderBase } from '../record/order-record.js';

/** What services may say. The other tags follow from the order's own commands. */
export const settableTags = [
  'IN_SALE_OPEN',
  'AFTER_SALE_OPEN',
  'PARTIALLY_REFUNDED',
  'FULLY_REFUNDED',
  'PREPARED',
  'REMINDED',
] as const satisfies readonly OrderTagName[];
export type SettableTag = (typeof settableTags)[number];

export interface TagOrder {
  readonly orderId: string;
  readonly add: readonly SettableTag[];
  /** What stands in both lists is set. */
  readonly remove: readonly SettableTag[];
  readonly role?: number;
}

/** An outbox row with its payload, and the statement itself. */
const TAGGING_BYTES = 4_096;

export class TagOrderHandler {
  constructor(
    private readonly placement: Placement,
    private readonly transactions: ShardTransactions,
    private readonly cache: OrderCache,
    private readonly clock: Clock,
  ) {}

  /** Throws ORDER_NOT_FOUND, and FORBIDDEN for a caller that is bound to a user or a merchant. Safe to repeat. */
  async handle(command: TagOrder, context: CallContext): Promise<OrderDocument> {
    if (!isUnbound(context.caller)) throw refuse('FORBIDDEN', 'only services tag orders', { orderId: command.orderId });
    const role = actingRole(context.caller, command.role);
    const address = addressOf(command.orderId, this.placement);
    const { base, ext } = await this.transactions.run<LockedOrder>({
      ...{ node: address.node, lockKey: address.lockKey, sizeBytes: TAGGING_BYTES },
      open: [lockOrder(command.orderId, address)],
      decide: ([rows]) => {
        const locked = lockedOrderOf(rows as OrderRow[]);
        assertVisible(context.caller, command.orderId, locked && visiblePartiesOf(locked.base));
        if (locked === undefined) throw refuse('ORDER_NOT_FOUND', `order ${command.orderId} does not exist`);
        return this.decide(locked, command, role, context.traceParent);
      },
    });
    await this.cache.remember(base);
    return documentOf(base, ext);
  }

  private decide(locked: LockedOrder, command: TagOrder, role: number, traceParent: string): Decision<LockedOrder> {
    const before = locked.base;
    const tags = (before.tags & ~tagBitsOf(command.remove)) | tagBitsOf(command.add);
    if (tags === before.tags) return { verdict: locked };
    const after: OrderBase = { ...before, tags, version: before.version + 1 };
    const effects = transitionEffects(before, after, eventOf(before, after, role, this.clock.nowMs()), traceParent);
    return { verdict: { base: after, ext: locked.ext }, effects };
  }
}

const eventOf = (before: OrderBase, after: OrderBase, role: number, occurredAt: number) => ({
  ...{ type: 'order.tagged', occurredAt, role, reasonCode: null, note: null },
  data: {
    status: after.status,
    tags: tagNamesOf(after.tags),
    added: tagNamesOf(after.tags & ~before.tags),
    removed: tagNamesOf(before.tags & ~after.tags),
  },
});
