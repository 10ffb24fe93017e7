/**
 * How many timers of a queue wait on a node, counted where their truth is: the `timer` table of its app, or for the deadlines of orders
 * `order_base.deadline_at` in the user shards of the node. By the clock of each database, served by indexes, reads only.
 */
import { type NodePool, type Placement, quote, userSchema } from '@ordo/sharding';
import { PARTITION_COUNT } from '@ordo/timers';

/** The queue whose truth is the orders themselves. */
export const ORDER_DEADLINE_QUEUE = 'order-deadline';

/** A queue, and the app that it belongs to: the schema of its timers, switch and leases on every node. */
export interface QueueHome {
  readonly queue: string;
  readonly schema: string;
}

export interface QueueDepth {
  readonly pending: number;
  /** Pending, and due by `nowMs` or the moment that was asked for. */
  readonly due: number;
  /** When the oldest pending one is due; undefined: nothing is pending. */
  readonly oldestDueMs: number | undefined;
  /** Given up after their last attempt; they wait for a person. */
  readonly failed: number;
  /** The database's clock. */
  readonly nowMs: number;
}

type Row = Readonly<Record<string, string | number | null>>;

/** Millions of rows are counted in seconds; the hot path's deadline is shorter than that. */
const DEADLINE_MS = 30_000;
const MS_PER_SECOND = 1_000;
const NOW_SECONDS = 'UNIX_TIMESTAMP(UTC_TIMESTAMP(3))';
const PENDING = 0;
const FAILED = 3;
/** Each partition is one range of `by_slot`; without the list the ended rows would be read as well. */
const PARTITIONS = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition).join(',');

/** `dueByMs`: what counts as due; default the database's now. */
export async function readDepth(
  pool: NodePool,
  placement: Placement,
  { queue, schema }: QueueHome,
  dueByMs?: number,
): Promise<QueueDepth> {
  const by = dueByMs === undefined ? NOW_SECONDS : String(dueByMs / MS_PER_SECOND);
  const sql =
    queue === ORDER_DEADLINE_QUEUE
      ? ofOrders(placement.userShardsOf(pool.index), by)
      : ofTable(`${schema}.timer`, queue, by);
  const [row] = await pool.query<Row[]>(sql, { deadlineMs: DEADLINE_MS });
  const numberOf = (name: string): number => Number(row?.[name] ?? 0);
  const oldest = row?.['oldest'] ?? null;
  return {
    ...{ pending: numberOf('pending'), due: numberOf('due'), failed: numberOf('failed') },
    oldestDueMs: oldest === null ? undefined : Math.round(Number(oldest) * MS_PER_SECOND),
    nowMs: Math.round(numberOf('now') * MS_PER_SECOND),
  };
}

/** Queues that have rows on the node, whether or not a process fires them. */
export async function readQueuesOfTable(pool: NodePool, schema: string): Promise<string[]> {
  const rows = await pool.query<Row[]>(`SELECT DISTINCT queue FROM ${schema}.timer`, { deadlineMs: DEADLINE_MS });
  return rows.map((row) => String(row['queue']));
}

function ofTable(table: string, queue: string, by: string): string {
  const inState = (state: number, what: string): string =>
    `SELECT ${what} FROM ${table} WHERE queue=${quote(queue)} AND partition_no IN (${PARTITIONS}) AND state=${state}`;
  const failed = `(${inState(FAILED, 'COUNT(*)')})`;
  return inState(
    PENDING,
    `COUNT(*) AS pending, SUM(slot<=FLOOR(${by})) AS due, MIN(slot) AS oldest, ${failed} AS failed, ${NOW_SECONDS} AS now`,
  );
}

function ofOrders(shards: readonly number[], by: string): string {
  const seconds = 'UNIX_TIMESTAMP(deadline_at)';
  const selects = shards.map(
    (shard) =>
      `SELECT COUNT(*) AS pending, SUM(${seconds}<=${by}) AS due, MIN(${seconds}) AS oldest FROM ${userSchema(shard)}.order_base WHERE deadline_at IS NOT NULL`,
  );
  return `SELECT SUM(pending) AS pending, SUM(due) AS due, MIN(oldest) AS oldest, 0 AS failed, ${NOW_SECONDS} AS now FROM (${selects.join(' UNION ALL ')}) AS shards`;
}
