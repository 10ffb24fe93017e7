/** Reads as callers ask for them: visibility, cursors, and the order with its refunds for pages that cannot be split. */
import type { OrderDocument, RefundDocument, RefundStatus } from '@ordo/contracts';
import {
  assertActsForMerchant,
  assertActsForUser,
  type CallContext,
  canSee,
  cursorAfter,
  positionOf,
  type QueryShape,
} from '@ordo/platform';
import type { OrderSource } from '../application/order-source.js';
import { refundNotFound } from '../decision/decide-refund-handler.js';
import { documentOf } from '../record/refund-text.js';
import type { RefundBook } from '../refund-ledger/refund-book.js';
import type { RefundReads } from './refund-reads.repository.js';

export interface RefundPage {
  readonly refunds: readonly RefundDocument[];
  /** Continues the list; null on its last page. */
  readonly nextCursor: string | null;
}

export interface OrderWithRefunds {
  readonly order: OrderDocument;
  /** Oldest first. */
  readonly refunds: readonly RefundDocument[];
  /** Minor units: set aside and not yet gone, and gone by the channel's word. */
  readonly pendingAmount: number;
  readonly refundedAmount: number;
}

export interface RefundList {
  readonly status?: RefundStatus;
  readonly cursor?: string;
  readonly limit: number;
}

export class RefundLists {
  constructor(
    private readonly reads: RefundReads,
    private readonly source: OrderSource,
    private readonly book: Pick<RefundBook, 'readOrder'>,
  ) {}

  /** Throws the same 404 for a refund that is absent and for one that is somebody else's. */
  async read(refundId: string, { caller }: CallContext): Promise<RefundDocument> {
    const record = await this.reads.find(refundId);
    if (record === undefined || !canSee(caller, { ...record, effective: true })) throw refundNotFound(refundId);
    return documentOf(record);
  }

  /** One query for both, because a page that shows an order shows what became of its money. */
  async ofOrder(orderId: string, { caller, traceParent }: CallContext): Promise<OrderWithRefunds> {
    const [order, stored, ledger] = await Promise.all([
      this.source.visible(orderId, caller, traceParent),
      this.reads.ofOrder(orderId),
      this.book.readOrder(orderId),
    ]);
    return {
      order,
      refunds: stored.map(({ record }) => documentOf(record)),
      pendingAmount: ledger?.account.held ?? 0,
      refundedAmount: ledger?.account.confirmed ?? 0,
    };
  }

  async ofUser(userId: string, { status, cursor, limit }: RefundList, { caller }: CallContext): Promise<RefundPage> {
    assertActsForUser(caller, userId);
    const shape = ['user-refunds', userId, status];
    const before = positionOf(shape, cursor);
    const records = await this.reads.ofUser(userId, { status, before, limit: limit + 1 });
    return pageOf(records.map(documentOf), limit, shape);
  }

  async ofMerchant(
    merchantId: string,
    { status, cursor, limit }: RefundList,
    { caller }: CallContext,
  ): Promise<RefundPage> {
    assertActsForMerchant(caller, merchantId);
    const shape = ['merchant-refunds', merchantId, status];
    const before = positionOf(shape, cursor);
    return pageOf(await this.reads.ofMerchant(merchantId, { status, before, limit: limit + 1 }), limit, shape);
  }
}

/** `found` was read one longer than the page, so that the last page is known without a count. */
function pageOf(found: readonly RefundDocument[], limit: number, shape: QueryShape): RefundPage {
  const refunds = found.slice(0, limit);
  const last = refunds.at(-1);
  const isLast = found.length <= limit || last === undefined;
  return { refunds, nextCursor: isLast ? null : cursorAfter(shape, last.refundId) };
}
