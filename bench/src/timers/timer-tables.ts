/** The rows and the gate of both subjects: the same table, the same statement, so that neither is more durable than the other. */
import { systemClock } from '@ordo/kernel';
import { affectedRowsOf, type NodePool } from '@ordo/sharding';
import { type IndexEntry, TimerWriter } from '@ordo/timers';

export interface BullTimer {
  readonly id: string;
  readonly node: number;
  readonly dueMs: number;
}

export const BENCH_QUEUE = 'bench';
const TABLE = 'ordo_node.timer';
const EFFECTS = 'ordo_bench_timers.effect';
const MIGHT_TAKE_MS = 120_000;

/** What a handler of the bench leaves behind: twice for one timer would be a double effect, so nothing here forbids it. */
export async function prepareEffects(pools: readonly NodePool[]): Promise<void> {
  for (const pool of pools) {
    await pool.query(`CREATE DATABASE IF NOT EXISTS ordo_bench_timers;
      CREATE TABLE IF NOT EXISTS ${EFFECTS} (n BIGINT AUTO_INCREMENT PRIMARY KEY, timer_id BIGINT NOT NULL)`);
  }
}

export const effectOf = (id: string) => ({ into: `INSERT INTO ${EFFECTS} (timer_id)`, row: `(${id})` });

export async function emptyTables(pools: readonly NodePool[]): Promise<void> {
  for (const pool of pools)
    await pool.query(`TRUNCATE TABLE ${TABLE}; TRUNCATE TABLE ${EFFECTS}`, { deadlineMs: MIGHT_TAKE_MS });
}

export async function countFired(pools: readonly NodePool[]): Promise<number> {
  return sum(pools, `SELECT COUNT(*) AS n FROM ${TABLE} WHERE state=1`);
}

export async function countPending(pools: readonly NodePool[]): Promise<number> {
  return sum(pools, `SELECT COUNT(*) AS n FROM ${TABLE} WHERE state=0`);
}

/** Effects beyond the first of a timer. */
export async function countDoubles(pools: readonly NodePool[]): Promise<number> {
  return sum(pools, `SELECT COUNT(*) - COUNT(DISTINCT timer_id) AS n FROM ${EFFECTS}`);
}

/** One statement for all ids that are due at the same moment; answers how many were pending. */
export async function gate(pool: NodePool, ids: readonly string[]): Promise<number> {
  const result = await pool.query<unknown>(
    `UPDATE ${TABLE} SET state=1, ended_at=UTC_TIMESTAMP(3) WHERE id IN (${ids.join(',')}) AND version=1 AND state=0 AND due_at<=UTC_TIMESTAMP(3)`,
  );
  return affectedRowsOf(result);
}

/** The lateness of every fired row from its true due time, by the clock of the database that committed it. */
export async function latenessMs(pools: readonly NodePool[]): Promise<number[]> {
  const late = await rows<{ late: number | string }>(
    pools,
    `SELECT TIMESTAMPDIFF(MICROSECOND, due_at, ended_at) DIV 1000 AS late FROM ${TABLE} WHERE state=1`,
  );
  return late.map((row) => Number(row.late));
}

/** Now by the database's clock, ms. */
export async function databaseNowMs(pools: readonly NodePool[]): Promise<number> {
  const [row] = await rows<{ ms: string }>(pools.slice(0, 1), 'SELECT UNIX_TIMESTAMP(UTC_TIMESTAMP(3)) * 1000 AS ms');
  return Math.round(Number(row?.ms));
}

/** How long after `sinceMs` each partition fired the first of the timers that fell due after it. */
export async function firstFiringsMs(pools: readonly NodePool[], sinceMs: number): Promise<number[]> {
  const first = await rows<{ ms: string }>(
    pools,
    `SELECT UNIX_TIMESTAMP(MIN(ended_at)) * 1000 - ${sinceMs} AS ms FROM ${TABLE}
     WHERE state=1 AND UNIX_TIMESTAMP(due_at) * 1000 > ${sinceMs} GROUP BY partition_no`,
  );
  return first.map((row) => Math.round(Number(row.ms)));
}

async function rows<Row>(pools: readonly NodePool[], sql: string): Promise<Row[]> {
  const all = await Promise.all(pools.map((pool) => pool.query<Row[]>(sql, { deadlineMs: MIGHT_TAKE_MS })));
  return all.flat();
}

async function sum(pools: readonly NodePool[], sql: string): Promise<number> {
  const counts = await rows<{ n: number }>(pools, sql);
  return counts.reduce((total, { n }) => total + Number(n), 0);
}

/** Rows as the library writes them, for whoever indexes them otherwise. */
export class RowWriter {
  private readonly writer: TimerWriter;

  constructor(private readonly pools: readonly NodePool[]) {
    this.writer = new TimerWriter(new Set([BENCH_QUEUE]), pools.length, systemClock);
  }

  /** One statement on node `turn` mod nodes: of as many rows as ours, so it costs the database the same. */
  async write(
    requests: readonly { readonly key: string; readonly dueMs: number }[],
    turn: number,
  ): Promise<BullTimer[]> {
    const node = turn % this.pools.length;
    const planned = requests.map(({ key, dueMs }) => this.writer.timerInsert(node, { queue: BENCH_QUEUE, key, dueMs }));
    await this.pools[node]?.query(
      `${planned[0]?.insert.into} VALUES ${planned.map(({ insert }) => insert.row).join(',')}`,
    );
    return planned.map(({ entry }, at) => ({ id: entry.id, node, dueMs: requests[at]?.dueMs ?? 0 }));
  }

  /** Entries for the index alone: no row is written. */
  entries(requests: readonly { readonly key: string; readonly dueMs: number }[]): IndexEntry[] {
    return requests.map(({ key, dueMs }, at) => {
      const node = at % this.pools.length;
      return this.writer.timerInsert(node, { queue: BENCH_QUEUE, key, dueMs }).entry;
    });
  }
}
