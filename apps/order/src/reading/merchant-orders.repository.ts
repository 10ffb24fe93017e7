/**
 * Reads of the projection, the merchant shards: what the relay has written so far. Lists and counts polled by shops are the
 * bulk of all reads (DOMAIN §6), so each statement is served by an index made for it and named here.
 */
import { type OrderStatus, orderStatusCode, orderStatusOf } from '@ordo/contracts';
import {
  decodeOrderNumber,
  merchantSchema,
  msOfDateTime,
  type NodePool,
  type NodePools,
  type Placement,
  quote,
  shardOf,
} from '@ordo/sharding';
import type { OrderRow } from '../record/order-columns.js';
import { newestFirst, type OrderRecord, pageStatement } from './order-rows.js';

export interface MerchantListQuery {
  readonly merchantId: string;
  readonly status: OrderStatus | undefined;
  /** YYYY-MM-DD */
  readonly businessDate: string | undefined;
  /** Leaves out orders that were never paid. */
  readonly effectiveOnly: boolean;
  readonly before: string | undefined;
  readonly limit: number;
}

export interface TimelineRow {
  readonly version: number;
  readonly type: string;
  readonly status: OrderStatus;
  readonly role: number | null;
  readonly reasonCode: number | null;
  readonly note: string | null;
  readonly occurredAt: number;
}

type Cell = string | number | null;
const numberOf = (cell: Cell | undefined): number | null => (cell === null || cell === undefined ? null : Number(cell));
const textOf = (cell: Cell | undefined): string | null => (cell === null || cell === undefined ? null : String(cell));

/** The index whose columns are exactly the filters, so that a page costs its own length. */
function indexOf(query: MerchantListQuery): string {
  if (query.businessDate === undefined) return query.status === undefined ? 'by_merchant' : 'by_merchant_status';
  return query.status === undefined ? 'by_business_day' : 'by_business_day_status';
}

function filtersOf(query: MerchantListQuery): string {
  const filters = [`merchant_id=${query.merchantId}`];
  if (query.status !== undefined) filters.push(`status=${orderStatusCode[query.status]}`);
  if (query.businessDate !== undefined) filters.push(`business_date=${quote(query.businessDate)}`);
  else if (query.effectiveOnly) filters.push('business_date IS NOT NULL');
  if (query.before !== undefined) filters.push(`order_id<${query.before}`);
  return filters.join(' AND ');
}

export class MerchantOrdersRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** A merchant's orders, newest first. */
  async list(query: MerchantListQuery): Promise<OrderRecord[]> {
    const shard = shardOf(query.merchantId);
    const schema = merchantSchema(shard);
    // The page is cut in the index alone; rows are read for the orders that are on it.
    const page =
      `SELECT order_id FROM ${schema}.order_base FORCE INDEX (${indexOf(query)})` +
      ` WHERE ${filtersOf(query)} ORDER BY order_id DESC LIMIT ${query.limit}`;
    return newestFirst(await this.poolOf(shard).query<OrderRow[]>(pageStatement(schema, page)));
  }

  /** Effective orders of one business day per status; answered from `by_business_day_status` alone, no row is touched. */
  async counts(merchantId: string, businessDate: string): Promise<ReadonlyMap<OrderStatus, number>> {
    const shard = shardOf(merchantId);
    const rows = await this.poolOf(shard).query<OrderRow[]>(
      `SELECT status, COUNT(*) AS orders FROM ${merchantSchema(shard)}.order_base FORCE INDEX (by_business_day_status)` +
        ` WHERE merchant_id=${merchantId} AND business_date=${quote(businessDate)} GROUP BY status`,
    );
    return new Map(rows.map((row) => [orderStatusOf(Number(row['status'])), Number(row['orders'])]));
  }

  /** Every change of one order, oldest first; primary key (order_id, version). */
  async timeline(orderId: string): Promise<TimelineRow[]> {
    const { merchantShard } = decodeOrderNumber(orderId);
    const rows = await this.poolOf(merchantShard).query<OrderRow[]>(
      `SELECT version, type, status, role, reason_code, note, occurred_at FROM ${merchantSchema(merchantShard)}.order_event` +
        ` WHERE order_id=${orderId} ORDER BY version`,
    );
    return rows.map((row) => ({
      version: Number(row['version']),
      type: String(row['type']),
      status: orderStatusOf(Number(row['status'])),
      role: numberOf(row['role']),
      reasonCode: numberOf(row['reason_code']),
      note: textOf(row['note']),
      occurredAt: msOfDateTime(String(row['occurred_at'])),
    }));
  }

  private poolOf(shard: number): NodePool {
    return this.pools.at(this.placement.merchantNode(shard));
  }
}
