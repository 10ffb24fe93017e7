/** Who holds rows, and who may fire whose deadlines: asked of the servers themselves, because a frozen process says nothing. */
import { setTimeout as pause } from 'node:timers/promises';
import { NODE_SCHEMA, NodePools, Placement, shardOf, userSchema } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import type { ExpiringOrder } from './expiries.js';
import type { OrderProcess } from './order-process.js';

type Row = Readonly<Record<string, string | number | null>>;

const GROUP = 'timers.order-deadline';
/** What a worker that fires waits for, while somebody has the outbox of its node: one for each order, with the user shard of it. */
const ENDED = /\(\d+,0,\d+,\d+,(\d+),\d+,'order\.invalidated'/g;
/** While it waits, what is due gathers; a transaction of many orders is what a frozen process does most harm with. */
const ORDERS_AT_ONCE = 20;
const CAUGHT_WITHIN_MS = 30_000;
const BETWEEN_LOOKS_MS = 300;

export class RowLocks {
  private readonly pools: NodePools;
  private readonly placement: Placement;

  constructor() {
    const { mysqlNodes } = testStack();
    this.pools = new NodePools([...mysqlNodes], { connectionLimit: 3 });
    this.placement = new Placement(mysqlNodes.length);
  }

  /** The user shards of `node` whose deadlines `process` owns now. */
  async shardsOf({ pid }: OrderProcess, node: number): Promise<ReadonlySet<number>> {
    const sql = `SELECT slot FROM ${NODE_SCHEMA}.lease WHERE name='${GROUP}' AND slot>=0 AND owner LIKE '%:${pid}:%'`;
    const shards = this.placement.userShardsOf(node);
    const rows = await this.pools.at(node).query<Row[]>(sql);
    return new Set(rows.map(({ slot }) => shards[Number(slot)] ?? -1));
  }

  /** The orders whose rows somebody holds at this moment, on whichever node. */
  async heldAmong(orders: readonly ExpiringOrder[]): Promise<ReadonlySet<string>> {
    const held = await Promise.all(this.pools.all.map(({ index }) => this.heldOn(orders, index)));
    return new Set(held.flatMap((ofNode) => [...ofNode]));
  }

  private async heldOn(orders: readonly ExpiringOrder[], node: number): Promise<ReadonlySet<string>> {
    const there = orders.filter(({ userId }) => this.placement.userNode(shardOf(userId)) === node);
    const held = new Set(there.map(({ orderId }) => orderId));
    for (const shard of new Set(there.map(({ userId }) => shardOf(userId)))) {
      const ids = there.filter(({ userId }) => shardOf(userId) === shard).map(({ orderId }) => orderId);
      const sql = `SELECT order_id FROM ${userSchema(shard)}.order_base WHERE order_id IN (${ids.join(',')}) FOR UPDATE SKIP LOCKED`;
      for (const { order_id: free } of await this.pools.at(node).query<Row[]>(sql)) held.delete(String(free));
    }
    return held;
  }

  /**
   * Freezes `process` with a transaction open that fires orders of `node`: somebody has the outbox while it writes, so it waits there with
   * its rows locked, and is frozen before the outbox is given back; its statement ends then, and nobody says COMMIT. Answers those orders,
   * and what it held on other nodes at that moment.
   */
  async freezeInMidFiring(
    process: OrderProcess,
    orders: readonly ExpiringOrder[],
    node: number,
  ): Promise<ReadonlySet<string>> {
    return eventually(
      async () => {
        const shards = await this.shardsOf(process, node);
        await this.pools.at(node).use(async (connection) => {
          await connection.query(`LOCK TABLES ${NODE_SCHEMA}.outbox READ`);
          try {
            await eventually(() => this.waits(shards, node), 'the worker waits for the outbox', CAUGHT_WITHIN_MS);
            process.freeze();
          } finally {
            await connection.query('UNLOCK TABLES');
          }
        });
        // What another worker holds is free again within milliseconds; what is held at a second look, too, is the frozen one's.
        const first = await this.heldAmong(orders);
        await pause(BETWEEN_LOOKS_MS);
        const second = await this.heldAmong(orders);
        const held = new Set([...first].filter((orderId) => second.has(orderId)));
        if (held.size > 0) return held;
        process.thaw();
        return undefined;
      },
      'a worker is frozen in mid-firing',
      CAUGHT_WITHIN_MS,
    );
  }

  /** MariaDB drops a connection that holds a transaction and says nothing. */
  async serverDropsIdleTransactions(): Promise<boolean> {
    const rows = await this.pools.at(0).query<Row[]>("SHOW SESSION VARIABLES LIKE 'idle_transaction_timeout'");
    return Number(rows[0]?.['Value'] ?? 0) > 0;
  }

  close(): Promise<void> {
    return this.pools.close();
  }

  /** Whether the owner of `shards`, and not its neighbour, waits to announce the ends of many orders. */
  private async waits(shards: ReadonlySet<number>, node: number): Promise<boolean> {
    const processes = await this.pools.at(node).query<Row[]>('SHOW FULL PROCESSLIST');
    return processes.some(({ Info }) => {
      const sql = String(Info ?? '');
      if (!sql.startsWith(`INSERT INTO ${NODE_SCHEMA}.outbox `)) return false;
      const ended = [...sql.matchAll(ENDED)].map(([, shard]) => Number(shard));
      return ended.length >= ORDERS_AT_ONCE && ended.every((shard) => shards.has(shard));
    });
  }
}
