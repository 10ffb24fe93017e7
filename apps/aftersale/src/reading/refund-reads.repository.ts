/** Reads of refunds: one by its id, all of an order, a user's, and a merchant's from the projection. Statements name the index that serves them. */
import { type RefundDocument, type RefundStatus, refundStatusCode } from '@ordo/contracts';
import { JoinedReads, type NodePools } from '@ordo/sharding';
import type { AftersalePlacement } from '../change/aftersale-address.js';
import { readRefunds, refundsIn } from '../change/order-refunds.repository.js';
import { REFUND_COLUMNS, type RefundRow, refundOfRow } from '../record/refund-columns.js';
import type { RefundRecord, StoredRefund } from '../record/refund-record.js';

export interface RefundListQuery {
  readonly status: RefundStatus | undefined;
  /** Only refunds with a smaller id; undefined for the newest. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** All refunds of an order, oldest first, and of its money what was paid and what has gone back: zeros where no payment is known. */
export interface RefundFacts {
  readonly refunds: readonly RefundRecord[];
  readonly paid: number;
  readonly confirmed: number;
}

export class RefundReads {
  private readonly joined: JoinedReads;

  constructor(
    private readonly pools: NodePools,
    private readonly placement: AftersalePlacement,
  ) {
    this.joined = new JoinedReads(pools);
  }

  /** Primary key. Throws INVALID_ARGUMENT for an id that routes nowhere. */
  async find(refundId: string): Promise<RefundRecord | undefined> {
    const { node, schema } = this.placement.ofNumber(refundId);
    const sql = `SELECT ${REFUND_COLUMNS} FROM ${schema}.refund WHERE refund_id=${refundId}`;
    const [row] = await this.pools.at(node).query<RefundRow[]>(sql);
    return row === undefined ? undefined : refundOfRow(row);
  }

  /** What an order has to be told of, by one of its refunds, in one round trip; primary key, `one_open_per_order`, and the account's. */
  async around(refundId: string): Promise<RefundFacts> {
    const { node, schema } = this.placement.ofNumber(refundId);
    const orderId = `(SELECT order_id FROM ${schema}.refund WHERE refund_id=${refundId})`;
    const statements = [
      `SELECT ${REFUND_COLUMNS} FROM ${schema}.refund WHERE order_id=${orderId} ORDER BY refund_id`,
      `SELECT paid, confirmed FROM ${schema}.refund_account WHERE order_id=${orderId}`,
    ];
    const [rows = [], [account] = []] = (await this.joined.read(node, statements)) as readonly RefundRow[][];
    return {
      refunds: rows.map(refundOfRow),
      paid: Number(account?.['paid'] ?? 0),
      confirmed: Number(account?.['confirmed'] ?? 0),
    };
  }

  /** Oldest first. */
  async ofOrder(orderId: string): Promise<StoredRefund[]> {
    const address = this.placement.ofNumber(orderId);
    return refundsIn(await this.pools.at(address.node).query(readRefunds(orderId, address)));
  }

  /** Newest first; `by_user` (user_id, refund_id). A user has few refunds, so a status is filtered on the way. */
  async ofUser(userId: string, query: RefundListQuery): Promise<RefundRecord[]> {
    const { node, schema } = this.placement.ofUser(userId);
    const rows = await this.pools
      .at(node)
      .query<RefundRow[]>(
        `SELECT ${REFUND_COLUMNS} FROM ${schema}.refund FORCE INDEX (by_user)` +
          ` WHERE user_id=${userId}${filtersOf(query)} ORDER BY refund_id DESC LIMIT ${query.limit}`,
      );
    return rows.map(refundOfRow);
  }

  /** Newest first, as far as the projection has come, which is at least every published event. */
  async ofMerchant(merchantId: string, query: RefundListQuery): Promise<RefundDocument[]> {
    const { node, schema } = this.placement.ofMerchant(merchantId);
    const index = query.status === undefined ? 'by_merchant' : 'by_merchant_status';
    const rows = await this.pools
      .at(node)
      .query<RefundRow[]>(
        `SELECT document FROM ${schema}.merchant_refund FORCE INDEX (${index})` +
          ` WHERE merchant_id=${merchantId}${filtersOf(query)} ORDER BY refund_id DESC LIMIT ${query.limit}`,
      );
    return rows.map((row) => JSON.parse(String(row['document'])) as RefundDocument);
  }
}

function filtersOf({ status, before }: RefundListQuery): string {
  const ofStatus = status === undefined ? '' : ` AND status=${refundStatusCode[status]}`;
  return before === undefined ? ofStatus : `${ofStatus} AND refund_id<${before}`;
}
