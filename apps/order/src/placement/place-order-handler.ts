/**
 * Placing an order. Guarantee (P1, P5): when `handle` resolves, the order is on disk in its user's shard and its event will be
 * published; the same key and body always answer the same order, also for concurrent calls, without any cache.
 */

import { type OrderDocument, OrderStatus, Role, refuse } from '@ordo/contracts';
import { type Clock, type ErrorDetails, invariant } from '@ordo/kernel';
import { assertActsForUser, type CallContext, keyDigestOf } from '@ordo/platform';
import {
  affectedRowsOf,
  type NodePools,
  newChangeMark,
  type OrderNumberGenerator,
  type Placement,
  type ShardTransactions,
  type ShardUnit,
  shardOf,
  userSchema,
} from '@ordo/sharding';
import { type FrozenAmounts, freezeAmounts } from '../amounts/freeze-amounts.js';
import { changeInsert } from '../change/order-change.js';
import type { DeadlineSink } from '../deadlines/deadline-indexer.js';
import { businessTypeByName, deadlineAfter, next, OrderCommand } from '../lifecycle/order.state.js';
import { documentOf } from '../record/order-document.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';
import { assertExtension } from './extension.rules.js';
import { requestDigestOf } from './idempotency.js';
import { ownDeadlines } from './own-deadlines.rules.js';
import type { PlaceOrder } from './place-order.js';
import { extInsert, findByKey, insertBaseOnce, type PlacedOrder, placementProof } from './placement.repository.js';

export interface PlacementAnswer {
  readonly order: OrderDocument;
  /** The key was used before with the same body: this is the order of then, in its present state. */
  readonly replayed: boolean;
}

/** What an order row and its outbox row hold besides the caller's texts. */
const FIXED_BYTES = 2_048;

export class PlaceOrderHandler {
  constructor(
    private readonly placement: Placement,
    private readonly pools: NodePools,
    private readonly transactions: ShardTransactions,
    private readonly numbers: Pick<OrderNumberGenerator, 'next'>,
    private readonly deadlines: DeadlineSink,
    private readonly clock: Clock,
    /** Lowers the floors of deadlines; absent in production. */
    private readonly shortestDeadlineSeconds?: number,
  ) {}

  /**
   * Throws 4xx refusals for everything that is wrong with the command, IDEMPOTENCY_KEY_REUSED (422) when the key stands for another
   * body, Transients when the user's node cannot take it. Safe to repeat with the same key after any of them.
   */
  async handle(
    command: PlaceOrder,
    idempotencyKey: string | undefined,
    context: CallContext,
  ): Promise<PlacementAnswer> {
    const keyDigest = keyDigestOf(idempotencyKey);
    assertActsForUser(context.caller, command.userId);
    const businessType = businessTypeByName(command.bizType);
    assertExtension(businessType, command.extension ?? {});
    const deadlines = ownDeadlines(businessType, command.deadlines, this.shortestDeadlineSeconds);
    const placed = this.build(command, freezeAmounts(command), deadlines);
    const inserted = await this.transactions.run(this.unitOf(placed, keyDigest, context.traceParent));
    if (!inserted) return this.replay(command.userId, keyDigest, placed.requestDigest);
    this.deadlines.note(placed.base);
    return { order: documentOf(placed.base, placed.ext), replayed: false };
  }

  private build(command: PlaceOrder, frozen: FrozenAmounts, deadlines: OrderExt['deadlines']): PlacedOrder {
    const nowMs = this.clock.nowMs();
    const ext: OrderExt = {
      items: command.items.map((item, index) => {
        const { itemId, skuId, name, quantity, unitPrice, packingFee } = item;
        const { payable, discountShares } = lineOf(frozen, index);
        return { itemId, skuId, name, quantity, unitPrice, packingFee, payable, discountShares };
      }),
      discounts: command.discounts.map(({ discountId, name, amount, bearer, scope = 'GOODS' }) => {
        return { discountId, name, amount, bearer, scope };
      }),
      fees: { delivery: command.fees.delivery },
      recipient: { name: command.recipient.name, phone: command.recipient.phone, address: command.recipient.address },
      extension: command.extension ?? {},
      remark: command.remark ?? '',
      ...(deadlines === undefined ? {} : { deadlines }),
    };
    const base = this.createdBase(command, frozen, ext, nowMs);
    return { base, ext, requestDigest: requestDigestOf(command, ext) };
  }

  private createdBase(command: PlaceOrder, frozen: FrozenAmounts, ext: OrderExt, nowMs: number): OrderBase {
    const { bizType, userId, merchantId, currency } = command;
    const row = next(bizType, null, OrderCommand.PLACE);
    invariant(row !== undefined, 'a business type cannot be placed', { bizType });
    return {
      orderId: this.numbers.next(shardOf(userId), shardOf(merchantId)),
      userId,
      merchantId,
      bizType,
      status: OrderStatus.CREATED,
      version: 1,
      tags: 0,
      currency,
      payAmount: frozen.payAmount,
      goodsAmount: frozen.goodsAmount,
      packingAmount: frozen.packingAmount,
      deliveryAmount: frozen.deliveryAmount,
      discountAmount: frozen.discountAmount,
      businessDate: null,
      daySerial: null,
      deadlineAt: deadlineAfter(row, nowMs, ext.deadlines),
      createdAt: nowMs,
      paidAt: null,
      acceptedAt: null,
      receivedAt: null,
      completedAt: null,
      invalidatedAt: null,
      reasonCode: null,
      role: Role.USER,
      paymentId: null,
    };
  }

  /** Answers whether the order was inserted; false means that the key was taken. */
  private unitOf(placed: PlacedOrder, keyDigest: Buffer, traceParent: string): ShardUnit<boolean> {
    const { base, ext } = placed;
    const shard = shardOf(base.userId);
    const schema = userSchema(shard);
    const outbox = changeInsert(base, createdEvent(base), traceParent, ext);
    const inserts = [extInsert(schema, placed), outbox];
    return {
      node: this.placement.userNode(shard),
      lockKey: `${schema}/${base.userId}/${keyDigest.toString('latin1')}`,
      open: [insertBaseOnce(schema, base, keyDigest, newChangeMark())],
      sizeBytes: FIXED_BYTES + outbox.row.length * 2,
      decide: ([result]) =>
        affectedRowsOf(result) === 1
          ? { verdict: true, effects: { updates: [], inserts, proof: placementProof(schema, base.orderId) } }
          : { verdict: false },
    };
  }

  private async replay(userId: string, keyDigest: Buffer, requestDigest: Buffer): Promise<PlacementAnswer> {
    const shard = shardOf(userId);
    const pool = this.pools.at(this.placement.userNode(shard));
    const existing = await findByKey(pool, userSchema(shard), userId, keyDigest);
    invariant(existing !== undefined, 'a key was taken, but no order has it', { userId });
    if (!existing.requestDigest.equals(requestDigest)) throw reusedKey({ orderId: existing.base.orderId });
    return { order: documentOf(existing.base, existing.ext), replayed: true };
  }
}

function lineOf(frozen: FrozenAmounts, index: number): FrozenAmounts['lines'][number] {
  const line = frozen.lines[index];
  invariant(line !== undefined, 'an item was left out of the frozen amounts', { index });
  return line;
}

const createdEvent = (base: OrderBase): Parameters<typeof changeInsert>[1] => ({
  type: 'order.created',
  occurredAt: base.createdAt,
  role: Role.USER,
  reasonCode: null,
  note: null,
  data: {
    status: base.status,
    currency: base.currency,
    payAmount: base.payAmount,
    deadlineAt: base.deadlineAt === null ? null : new Date(base.deadlineAt).toISOString(),
  },
});

const reusedKey = (details: ErrorDetails): Error =>
  refuse('IDEMPOTENCY_KEY_REUSED', 'this Idempotency-Key was used for another order; use a new key for a new order', {
    ...details,
    violations: [{ field: 'Idempotency-Key', rule: 'unique', message: 'stands for another request body' }],
  });
