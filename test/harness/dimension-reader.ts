/** Both dimensions straight from MySQL, past the app and its cache: what is on disk, and nothing that somebody remembers. */
import { merchantSchema, NODE_SCHEMA, NodePools, Placement, quote, shardOf, userSchema } from '@ordo/sharding';
import { testStack } from '@ordo/testing';
import type { StoredOrder } from './books.js';

export interface StoredChange {
  readonly orderId: string;
  readonly version: number;
}

export interface StoredEnding extends StoredOrder {
  /** As the database says it, UTC; null unless it is invalid. */
  readonly endedAt: string | null;
}

interface Parties {
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
}

type Row = Readonly<Record<string, string | number | null>>;

/** Well below the packet, and short enough not to hold a shard's rows for long. */
const IDS_PER_STATEMENT = 500;

export class DimensionReader {
  readonly placement: Placement;
  private readonly pools: NodePools;

  constructor() {
    const { mysqlNodes } = testStack();
    this.placement = new Placement(mysqlNodes.length);
    this.pools = new NodePools(mysqlNodes, { connectionLimit: 4 });
  }

  /** Every order of these users: also those that no client was told of. */
  async ofUsers(userIds: readonly string[]): Promise<StoredOrder[]> {
    const rows = await this.byShard(new Set(userIds), (shard, ids) => ({
      node: this.placement.userNode(shard),
      sql: `SELECT order_id, version, status FROM ${userSchema(shard)}.order_base WHERE user_id IN (${ids})`,
    }));
    return rows.map(storedOrder);
  }

  /** How far every order of these users has come, and when it ended. */
  async endingsOf(userIds: readonly string[]): Promise<StoredEnding[]> {
    const rows = await this.byShard(new Set(userIds), (shard, ids) => ({
      node: this.placement.userNode(shard),
      sql: `SELECT order_id, version, status, invalidated_at FROM ${userSchema(shard)}.order_base WHERE user_id IN (${ids})`,
    }));
    return rows.map((row) => ({ ...storedOrder(row), endedAt: row['invalidated_at'] as string | null }));
  }

  async ofMerchants(merchantIds: readonly string[]): Promise<StoredOrder[]> {
    const rows = await this.byShard(new Set(merchantIds), (shard, ids) => ({
      node: this.placement.merchantNode(shard),
      sql: `SELECT order_id, version, status FROM ${merchantSchema(shard)}.order_base WHERE merchant_id IN (${ids})`,
    }));
    return rows.map(storedOrder);
  }

  async timelinesOf(merchantIds: readonly string[]): Promise<StoredChange[]> {
    const rows = await this.byShard(new Set(merchantIds), (shard, ids) => ({
      node: this.placement.merchantNode(shard),
      sql: `SELECT order_id, version FROM ${merchantSchema(shard)}.order_event WHERE merchant_id IN (${ids})`,
    }));
    return rows.map((row) => ({ orderId: String(row['order_id']), version: Number(row['version']) }));
  }

  /** Every column of every order of one user, in the order of their numbers. */
  rowsOfUser(userId: string): Promise<Row[]> {
    const shard = shardOf(userId);
    const table = `${userSchema(shard)}.order_base`;
    return this.query(
      this.placement.userNode(shard),
      `SELECT * FROM ${table} WHERE user_id=${quote(userId)} ORDER BY order_id`,
    );
  }

  rowsOfMerchant(merchantId: string): Promise<Row[]> {
    const shard = shardOf(merchantId);
    const table = `${merchantSchema(shard)}.order_base`;
    return this.query(
      this.placement.merchantNode(shard),
      `SELECT * FROM ${table} WHERE merchant_id=${quote(merchantId)} ORDER BY order_id`,
    );
  }

  /** How many outbox rows of all nodes speak of this user. */
  async outboxOf(userId: string): Promise<number> {
    const sql = `SELECT COUNT(*) AS found FROM ${NODE_SCHEMA}.outbox WHERE payload LIKE '%"userId":"${userId}"%'`;
    const found = await Promise.all(this.pools.all.map((pool) => pool.query<Row[]>(sql)));
    return found.reduce((sum, rows) => sum + Number(rows[0]?.['found']), 0);
  }

  /** The version of one order in each dimension now; undefined where there is no row. */
  async versionsOf({ orderId, userId, merchantId }: Parties): Promise<readonly (number | undefined)[]> {
    const [user, merchant] = [shardOf(userId), shardOf(merchantId)];
    const found = await Promise.all([
      this.query(
        this.placement.userNode(user),
        `SELECT version FROM ${userSchema(user)}.order_base WHERE order_id=${quote(orderId)}`,
      ),
      this.query(
        this.placement.merchantNode(merchant),
        `SELECT version FROM ${merchantSchema(merchant)}.order_base WHERE order_id=${quote(orderId)}`,
      ),
    ]);
    return found.map(([row]) => (row === undefined ? undefined : Number(row['version'])));
  }

  /** Locks the order's row in its authority for as long as `work` runs: whatever changes it meanwhile waits in the database. */
  async whileLocked({ orderId, userId }: Omit<Parties, 'merchantId'>, work: () => Promise<void>): Promise<void> {
    const shard = shardOf(userId);
    await this.pools.at(this.placement.userNode(shard)).use(async (connection) => {
      const row = `SELECT order_id FROM ${userSchema(shard)}.order_base WHERE order_id=${quote(orderId)} FOR UPDATE`;
      await connection.query(`START TRANSACTION;${row}`);
      await work();
      await connection.query('ROLLBACK');
    });
  }

  /** Whether a statement about this order is under way on its user's node. INNODB_TRX would say so too, but is cached while it is polled. */
  async isBusyWith({ orderId, userId }: Omit<Parties, 'merchantId'>): Promise<boolean> {
    const processes = await this.query(this.placement.userNode(shardOf(userId)), 'SHOW FULL PROCESSLIST');
    return processes.some((row) => String(row['Info'] ?? '').includes(orderId));
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  private query(node: number, sql: string): Promise<Row[]> {
    return this.pools.at(node).query<Row[]>(sql);
  }

  private async byShard(
    ids: ReadonlySet<string>,
    statement: (shard: number, ids: string) => { node: number; sql: string },
  ): Promise<Row[]> {
    const groups = new Map<number, string[]>();
    for (const id of ids) groups.set(shardOf(id), [...(groups.get(shardOf(id)) ?? []), id]);
    const rows: Row[] = [];
    for (const [shard, group] of groups) {
      for (let first = 0; first < group.length; first += IDS_PER_STATEMENT) {
        const { node, sql } = statement(shard, group.slice(first, first + IDS_PER_STATEMENT).join(','));
        rows.push(...(await this.query(node, sql)));
      }
    }
    return rows;
  }
}

const storedOrder = (row: Row): StoredOrder => ({
  orderId: String(row['order_id']),
  version: Number(row['version']),
  status: Number(row['status']),
});
