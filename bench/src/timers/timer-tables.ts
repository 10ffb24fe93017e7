/** The rows and the gate of both subjects: the same table, the same statement, so that neither is more durable than the other. */
import { systemClock } from '@ordo/kernel';
import { affectedRowsOf, type NodePool } from '@ordo/sharding';
import { type PlannedTimer, TimerWriter } from '@ordo/timers';

export interface BullTimer {
  readonly id: string;
  readonly node: number;
  readonly dueMs: number;
}

export const BENCH_QUEUE = 'bench';
const TABLE = 'ordo_node.timer';
const MIGHT_TAKE_MS = 120_000;

export async function emptyTable(pools: readonly NodePool[]): Promise<void> {
  for (const pool of pools) await pool.query(`TRUNCATE TABLE ${TABLE}`, { deadlineMs: MIGHT_TAKE_MS });
}

export async function countFired(pools: readonly NodePool[]): Promise<number> {
  return sum(pools, `SELECT COUNT(*) AS n FROM ${TABLE} WHERE state=1`);
}

export async function countPending(pools: readonly NodePool[]): Promise<number> {
  return sum(pools, `SELECT COUNT(*) AS n FROM ${TABLE} WHERE state=0`);
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
  const all = await Promise.all(
    pools.map((pool) =>
      pool.query<{ late: number | string }[]>(
        `SELECT TIMESTAMPDIFF(MICROSECOND, due_at, ended_at) DIV 1000 AS late FROM ${TABLE} WHERE state=1`,
        { deadlineMs: MIGHT_TAKE_MS },
      ),
    ),
  );
  return all.flat().map(({ late }) => Number(late));
}

async function sum(pools: readonly NodePool[], sql: string): Promise<number> {
  const counts = await Promise.all(
    pools.map((pool) => pool.query<{ n: number }[]>(sql, { deadlineMs: MIGHT_TAKE_MS })),
  );
  return counts.reduce((total, [row]) => total + Number(row?.n), 0);
}

const PER_INSERT = 500;
const WRITERS = 4;

/** The rows of timers that somebody else will index: as many at once, and in pieces as large, as ours are written. */
export async function writeRows(
  pools: readonly NodePool[],
  keys: readonly string[],
  dueMs: number,
): Promise<BullTimer[]> {
  const writer = new TimerWriter(new Set([BENCH_QUEUE]), pools.length, systemClock);
  const written: BullTimer[] = [];
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < keys.length) {
      const chunk = keys.slice(next, next + PER_INSERT);
      const node = (next / PER_INSERT) % pools.length;
      next += PER_INSERT;
      const planned = chunk.map((key): PlannedTimer => writer.timerInsert(node, { queue: BENCH_QUEUE, key, dueMs }));
      await pools[node]?.query(
        `${planned[0]?.insert.into} VALUES ${planned.map(({ insert }) => insert.row).join(',')}`,
      );
      for (const { entry } of planned) written.push({ id: entry.id, node, dueMs });
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
  return written;
}
