/** The rows and the gate of both subjects: the same table, the same statement, so that neither is more durable than the other. */
import { affectedRowsOf, type NodePool } from '@ordo/sharding';

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
