/** What is on disk: the proof that what was acknowledged is in both dimensions and that nothing waits any more. */
import { setTimeout as sleep } from 'node:timers/promises';
import { merchantSchema, NodePools, Placement, userSchema } from '@ordo/sharding';
import { FIRST_FLOOR_ID } from '../floor/floor-order.js';

/** A hundredth of a round of 8 s is 80 ms: a drain is seen well within that. */
const LOOK_EVERY_MS = 10;
const GIVE_UP_MS = 180_000;
const OUTBOX = 'ordo_node.outbox';
const ASIDE = 'ordo_node.bench_outbox_aside';

export interface DimensionCounts {
  readonly user: number;
  readonly merchant: number;
  readonly events: number;
}

export class OrderTables {
  private readonly pools: NodePools;
  private readonly placement: Placement;

  constructor(environment: NodeJS.ProcessEnv) {
    const urls = (environment['ORDO_MYSQL_NODES'] ?? '').split(',');
    this.pools = new NodePools(urls);
    this.placement = new Placement(urls.length);
  }

  /** Orders of the app (not of the floor) in both dimensions, and rows of their timeline. */
  async count(): Promise<DimensionCounts> {
    const [user, merchant, events] = await Promise.all([
      this.sum((node) => this.placement.userShardsOf(node).map((shard) => `${userSchema(shard)}.order_base`)),
      this.sum((node) => this.placement.merchantShardsOf(node).map((shard) => `${merchantSchema(shard)}.order_base`)),
      this.sum((node) => this.placement.merchantShardsOf(node).map((shard) => `${merchantSchema(shard)}.order_event`)),
    ]);
    return { user, merchant, events };
  }

  async waiting(): Promise<number> {
    const counts = await Promise.all(
      this.pools.all.map((pool) =>
        pool.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM ordo_node.outbox', { deadlineMs: 30_000 }),
      ),
    );
    return counts.reduce((sum, [row]) => sum + Number(row?.n), 0);
  }

  /** Epoch ms at which no outbox held a row. */
  async drained(): Promise<number> {
    const giveUpMs = performance.now() + GIVE_UP_MS;
    while (performance.now() < giveUpMs) {
      const found = await Promise.all(
        this.pools.all.map((pool) =>
          pool.query<unknown[]>('SELECT id FROM ordo_node.outbox LIMIT 1', { deadlineMs: 10_000 }),
        ),
      );
      if (found.every((rows) => rows.length === 0)) return Date.now();
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`the outbox is not empty after ${GIVE_UP_MS / 1_000} s`);
  }

  /**
   * Puts an empty outbox in the place of the one that is there, on every node, or the other way round. Only while no worker runs; it is
   * what lets measurements with and without a backlog take turns.
   */
  async swapOutbox(): Promise<void> {
    await this.onEachNode(
      `CREATE TABLE IF NOT EXISTS ${ASIDE} LIKE ${OUTBOX};` +
        `RENAME TABLE ${OUTBOX} TO ${ASIDE}_moving, ${ASIDE} TO ${OUTBOX}, ${ASIDE}_moving TO ${ASIDE}`,
    );
  }

  /** Adds what was set aside to the outbox, behind what is there. No order has rows in both: nothing is overtaken. */
  async joinOutboxes(): Promise<void> {
    const columns =
      'lane, state, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload';
    await this.onEachNode(
      `CREATE TABLE IF NOT EXISTS ${ASIDE} LIKE ${OUTBOX};START TRANSACTION;` +
        `INSERT INTO ${OUTBOX} (${columns}) SELECT ${columns} FROM ${ASIDE} ORDER BY id;DELETE FROM ${ASIDE};COMMIT;DROP TABLE ${ASIDE}`,
    );
  }

  async serverVersion(): Promise<string> {
    const [row] = await this.pools.at(0).query<{ v: string }[]>('SELECT VERSION() AS v');
    return String(row?.v);
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  private async onEachNode(sql: string): Promise<void> {
    await Promise.all(this.pools.all.map((pool) => pool.query(sql, { deadlineMs: 60_000 })));
  }

  private async sum(tablesOf: (node: number) => string[]): Promise<number> {
    const counts = await Promise.all(
      this.pools.all.map((pool) => {
        const parts = tablesOf(pool.index).map(
          (table) => `(SELECT COUNT(*) FROM ${table} WHERE order_id < ${FIRST_FLOOR_ID})`,
        );
        return pool.query<{ n: number }[]>(`SELECT ${parts.join('+')} AS n`, { deadlineMs: 60_000 });
      }),
    );
    return counts.reduce((sum, [row]) => sum + Number(row?.n), 0);
  }
}
