/** What the benches of reads know of the tables: feeds that are there, shards of a chosen size, and what the servers themselves counted. */
import { merchantSchema, NodePools, Placement } from '@ordo/sharding';
import { type BulkOrders, bulkOrderStatements } from '@ordo/testing';

/** A stride of bulk rows into eight indexes takes seconds. */
const BULK_DEADLINE_MS = 120_000;
const FEEDS_OF_A_NODE = 500;

type Row = Readonly<Record<string, string | number>>;

export class ShardTables {
  private readonly pools: NodePools;
  private readonly placement: Placement;

  constructor(environment: NodeJS.ProcessEnv) {
    const urls = (environment['ORDO_MYSQL_NODES'] ?? '').split(',');
    this.pools = new NodePools(urls, { connectionLimit: 3 });
    this.placement = new Placement(urls.length);
  }

  /** Merchants with a feed, and the version at which it stands. */
  async feeds(): Promise<(readonly [merchantId: string, version: number])[]> {
    const found = await Promise.all(
      this.pools.all.map((pool) => {
        const schemas = this.placement.merchantShardsOf(pool.index).map(merchantSchema);
        const parts = schemas.map((schema) => `SELECT merchant_id, last_version FROM ${schema}.feed_head`);
        return pool.query<Row[]>(`${parts.join(' UNION ALL ')} LIMIT ${FEEDS_OF_A_NODE}`);
      }),
    );
    return found.flat().map((row) => [String(row['merchant_id']), Number(row['last_version'])] as const);
  }

  /** Statements that read or write rows, of all clients and nodes, since the servers started. */
  async statements(): Promise<number> {
    const counted = await Promise.all(
      this.pools.all.map((pool) =>
        pool.query<Row[]>(
          "SHOW GLOBAL STATUS WHERE Variable_name IN ('Com_select','Com_insert','Com_update','Com_delete','Com_begin')",
        ),
      ),
    );
    return counted.flat().reduce((sum, row) => sum + Number(row['Value']), 0);
  }

  /** Fills the merchant shard up to these orders unless they are there. Answers how many it holds. */
  async fill(shard: number, bulk: Omit<BulkOrders, 'schema'>): Promise<number> {
    const schema = merchantSchema(shard);
    const pool = this.pools.at(this.placement.merchantNode(shard));
    const held = async (): Promise<number> => {
      const range = `order_id BETWEEN ${bulk.firstOrderId} AND ${bulk.firstOrderId + BigInt(bulk.count) - 1n}`;
      const sql = `SELECT COUNT(*) AS n FROM ${schema}.order_ext WHERE ${range}`;
      const [row] = await pool.query<Row[]>(sql, { deadlineMs: BULK_DEADLINE_MS });
      return Number(row?.['n']);
    };
    if ((await held()) < bulk.count) {
      for (const statement of bulkOrderStatements({ ...bulk, schema })) {
        await pool.query(statement, { deadlineMs: BULK_DEADLINE_MS });
      }
      await pool.query(`ANALYZE TABLE ${schema}.order_base, ${schema}.order_ext`, { deadlineMs: BULK_DEADLINE_MS });
    }
    return held();
  }

  close(): Promise<void> {
    return this.pools.close();
  }
}
