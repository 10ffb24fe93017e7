/**
 * What settlement reads: completed orders of a merchant shard in the order of their completion, from `by_completion`, on connections of
 * its own. No statement runs for longer than a page takes, and nothing is held between two pages.
 */

import { OutboxState } from '@ordo/outbox';
import {
  dateTimeText,
  LANE_COUNT,
  merchantSchema,
  msOfDateTime,
  NODE_SCHEMA,
  type NodePools,
  type Placement,
  quote,
} from '@ordo/sharding';
import { newestFirst, type OrderRecord, pageStatement } from '../reading/order-rows.js';
import type { OrderRow } from '../record/order-columns.js';
import type { ExportPlace } from './settlement-cursor.rules.js';

export interface CompletionWindow {
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

const instant = (ms: number): string => quote(dateTimeText(ms));

const LANE_HEADS = Array.from({ length: LANE_COUNT }, (_, lane) =>
  [OutboxState.READY, OutboxState.PARKED].map(
    (state) =>
      `(SELECT occurred_at FROM ${NODE_SCHEMA}.outbox WHERE lane=${lane} AND state=${state} ORDER BY id LIMIT 1)`,
  ),
)
  .flat()
  .join(' UNION ALL ');

export class SettlementRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** The next completed orders of `shard` behind `after`, oldest completion first. */
  async page(
    shard: number,
    { fromMs, toMs }: CompletionWindow,
    after: ExportPlace | undefined,
    limit: number,
  ): Promise<OrderRecord[]> {
    const schema = merchantSchema(shard);
    const behind =
      after === undefined
        ? `completed_at>=${instant(fromMs)}`
        : `completed_at>=${instant(after.completedAtMs)}` +
          ` AND (completed_at>${instant(after.completedAtMs)} OR order_id>${after.orderId})`;
    const page =
      `SELECT order_id FROM ${schema}.order_base FORCE INDEX (by_completion)` +
      ` WHERE ${behind} AND completed_at<${instant(toMs)} ORDER BY completed_at, order_id LIMIT ${limit}`;
    const pool = this.pools.at(this.placement.merchantNode(shard));
    return newestFirst(await pool.query<OrderRow[]>(pageStatement(schema, page))).sort(byCompletion);
  }

  /**
   * When the oldest change happened that merchant shards may not have yet, of all nodes; undefined when nothing waits. Reads the head of each
   * lane by the primary key (lane, state, id): a million events that wait for the broker alone are not walked through.
   */
  async oldestUnprojectedMs(): Promise<number | undefined> {
    const found = await Promise.all(this.pools.all.map((pool) => pool.query<OrderRow[]>(LANE_HEADS)));
    const times = found.flat().map((row) => msOfDateTime(String(row['occurred_at'])));
    return times.length === 0 ? undefined : Math.min(...times);
  }
}

const byCompletion = ({ base: a }: OrderRecord, { base: b }: OrderRecord): number =>
  (a.completedAt ?? 0) - (b.completedAt ?? 0) || (BigInt(a.orderId) < BigInt(b.orderId) ? -1 : 1);
