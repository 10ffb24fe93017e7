/** The tables themselves, past the app: what is on disk in each dimension. */

import { merchantSchema, NODE_SCHEMA, NodePools, Placement, shardOf, userSchema } from '@ordo/sharding';
import { testStack } from '@ordo/testing';

type Row = Readonly<Record<string, string | number | null>>;

export class ShardTables {
  private readonly pools = new NodePools([...testStack().mysqlNodes], { connectionLimit: 2 });
  private readonly placement = new Placement(testStack().mysqlNodes.length);

  ofUser(userId: string): Promise<Row[]> {
    const shard = shardOf(userId);
    const pool = this.pools.at(this.placement.userNode(shard));
    return pool.query<Row[]>(`SELECT * FROM ${userSchema(shard)}.order_base WHERE user_id=${userId} ORDER BY order_id`);
  }

  ofMerchant(merchantId: string): Promise<Row[]> {
    const shard = shardOf(merchantId);
    const pool = this.pools.at(this.placement.merchantNode(shard));
    return pool.query<Row[]>(
      `SELECT * FROM ${merchantSchema(shard)}.order_base WHERE merchant_id=${merchantId} ORDER BY order_id`,
    );
  }

  /** Outbox rows of all nodes that speak of this user. */
  async outboxOf(userId: string): Promise<number> {
    const found = await Promise.all(
      this.pools.all.map((pool) =>
        pool.query<Row[]>(
          `SELECT COUNT(*) AS found FROM ${NODE_SCHEMA}.outbox WHERE payload LIKE '%"userId":"${userId}"%'`,
        ),
      ),
    );
    return found.reduce((sum, rows) => sum + Number(rows[0]?.['found']), 0);
  }

  close(): Promise<void> {
    return this.pools.close();
  }
}
