/**
 * The feed of a merchant in the projection: every order that was paid carries the version of its last change (`feed_version`), and
 * `feed_head` the last one that was given. The head's row is locked from the moment a version is given until it commits, so versions
 * become visible in their order, and who has seen version n has missed nothing up to it.
 */
import { merchantSchema, type NodePools, type Placement, shardOf } from '@ordo/sharding';
import type { OrderRecord } from '../reading/order-rows.js';
import { baseOfRow, extOfRow, ORDER_COLUMNS, type OrderRow } from '../record/order-columns.js';
import type { FeedPosition } from './feed-position.rules.js';

export interface FeedRow extends OrderRecord {
  readonly feedVersion: number;
}

export interface FeedRows {
  /** The last version at a moment before the rows were read. */
  readonly head: number;
  readonly rows: readonly FeedRow[];
}

const headOf = (rows: readonly OrderRow[] | undefined): number => Number(rows?.[0]?.['last_version'] ?? 0);

export class FeedRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** The last version; 0 for a merchant without paid orders. Primary key. */
  async head(merchantId: string): Promise<number> {
    const shard = shardOf(merchantId);
    return headOf(await this.at(shard).query<OrderRow[]>(headStatement(shard, merchantId)));
  }

  /** Of many merchants: one packet per node, one statement per shard. Nodes that are away leave their merchants out. */
  async heads(merchantIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const byNode = new Map<number, Map<number, string[]>>();
    for (const merchantId of merchantIds) {
      const shard = shardOf(merchantId);
      const node = this.placement.merchantNode(shard);
      const shards = byNode.get(node) ?? new Map<number, string[]>();
      byNode.set(node, shards.set(shard, [...(shards.get(shard) ?? []), merchantId]));
    }
    const found = new Map(merchantIds.map((merchantId) => [merchantId, 0]));
    await Promise.all(
      [...byNode].map(async ([node, shards]) => {
        const statements = [...shards].map(([shard, ids]) => headStatement(shard, ids.join(',')));
        const results = await this.pools
          .at(node)
          .query<OrderRow[][]>(`DO 0;${statements.join(';')}`)
          .catch(() => undefined);
        for (const ids of results === undefined ? shards.values() : []) for (const id of ids) found.delete(id);
        for (const row of results?.slice(1).flat() ?? []) {
          found.set(String(row['merchant_id']), Number(row['last_version']));
        }
      }),
    );
    return found;
  }

  /** What changed after `after`, in the order of the changes, each order once in its present state; from `by_feed`, no sort. */
  async changed(merchantId: string, after: FeedPosition, limit: number): Promise<FeedRows> {
    const shard = shardOf(merchantId);
    const results = await this.at(shard).query<OrderRow[][]>(
      `${headStatement(shard, merchantId)};${changedStatement(shard, merchantId, after, limit)}`,
    );
    const rows = (results[1] ?? []).map((row) => ({
      ...{ base: baseOfRow(row), ext: extOfRow(row), feedVersion: Number(row['feed_version']) },
    }));
    return { head: headOf(results[0]), rows: rows.sort(byFeed) };
  }

  private at(shard: number): ReturnType<NodePools['at']> {
    return this.pools.at(this.placement.merchantNode(shard));
  }
}

export const headStatement = (shard: number, merchantIds: string): string =>
  `SELECT merchant_id, last_version FROM ${merchantSchema(shard)}.feed_head WHERE merchant_id IN (${merchantIds})`;

/** The page is cut in the index alone; rows are read for what is on it. */
export function changedStatement(shard: number, merchantId: string, after: FeedPosition, limit: number): string {
  const schema = merchantSchema(shard);
  const behind =
    after.orderId === undefined
      ? `feed_version>${after.version}`
      : `feed_version>=${after.version} AND (feed_version>${after.version} OR order_id>${after.orderId})`;
  const page =
    `SELECT order_id, feed_version FROM ${schema}.order_base FORCE INDEX (by_feed)` +
    ` WHERE merchant_id=${merchantId} AND ${behind} ORDER BY feed_version, order_id LIMIT ${limit}`;
  return (
    `SELECT page.feed_version, ${ORDER_COLUMNS} FROM (${page}) AS page` +
    ` JOIN ${schema}.order_base b ON b.order_id=page.order_id JOIN ${schema}.order_ext e ON e.order_id=page.order_id`
  );
}

/** A join promises no order. */
const byFeed = (a: FeedRow, b: FeedRow): number =>
  a.feedVersion - b.feedVersion || (BigInt(a.base.orderId) < BigInt(b.base.orderId) ? -1 : 1);
