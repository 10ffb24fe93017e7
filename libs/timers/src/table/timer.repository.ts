/** Every statement that reads the `timer` table of one node, or ends a row of it. READ COMMITTED, the pool's default. */
import { affectedRowsOf, dateTimeText, msOfDateTime, type NodePool, quote } from '@ordo/sharding';
import { groupedBy } from '../slot/grouped-by.js';
import { type SlotEntry, slotOf } from '../slot/slot.js';
import type { PendingDepth } from '../store/timer-store.js';
import { TimerState } from './timer.state.js';
import { timerTableOf } from './timer-writer.js';

export interface TimerRow {
  readonly id: string;
  readonly key: string;
  readonly partition: number;
  readonly dueMs: number;
  readonly version: number;
  readonly state: TimerState;
  readonly attempts: number;
  readonly payload: string | null;
}

type Row = Readonly<Record<string, string | number | null>>;

const COLUMNS = 'id, timer_key, partition_no, due_at, version, state, attempts, payload';
const NOW = 'UTC_TIMESTAMP(3)';
/** A failure is for a human who looks at the row; the log has the rest. */
const FAILURE_LENGTH = 255;

const rowOf = (row: Row): TimerRow => ({
  id: String(row['id']),
  key: String(row['timer_key']),
  partition: Number(row['partition_no']),
  dueMs: msOfDateTime(String(row['due_at'])),
  version: Number(row['version']),
  state: Number(row['state']) as TimerState,
  attempts: Number(row['attempts']),
  payload: row['payload'] === null ? null : String(row['payload']),
});

export interface PageStart {
  readonly slot: number;
  readonly id: string;
}

export class TimerRepository {
  private readonly table: string;

  constructor(
    private readonly pool: NodePool,
    private readonly queue: string,
    schema?: string,
  ) {
    this.table = timerTableOf(schema);
  }

  /** In order of (slot, id), served by `by_slot`, whose last part is the primary key. */
  async pending(
    partition: number,
    afterSlot: number,
    toSlot: number | 'now',
    limit: number,
    start: PageStart | undefined,
  ): Promise<SlotEntry[]> {
    const to = toSlot === 'now' ? `FLOOR(UNIX_TIMESTAMP(${NOW}))` : toSlot;
    const from =
      start === undefined ? `slot>${afterSlot}` : `slot>=${start.slot} AND (slot>${start.slot} OR id>${start.id})`;
    const rows = await this.pool.query<Row[]>(
      `SELECT id, slot FROM ${this.table} WHERE queue=${quote(this.queue)} AND partition_no=${partition}
       AND state=${TimerState.PENDING} AND ${from} AND slot<=${to} ORDER BY slot, id LIMIT ${limit}`,
    );
    return rows.map((row) => ({ id: String(row['id']), slot: Number(row['slot']) }));
  }

  /** Which of `partitions` have a pending row up to `toSlot`: one range of `by_slot` each, of which nearly all are empty. */
  async overdue(partitions: readonly number[], toSlot: number): Promise<number[]> {
    const rows = await this.pool.query<Row[]>(
      `SELECT DISTINCT partition_no FROM ${this.table} FORCE INDEX (by_slot) WHERE queue=${quote(this.queue)}
       AND partition_no IN (${partitions.join(',')}) AND state=${TimerState.PENDING} AND slot<=${toSlot}`,
    );
    return rows.map((row) => Number(row['partition_no']));
  }

  async byIds(ids: readonly string[]): Promise<{ nowMs: number; rows: TimerRow[] }> {
    const [nows, rows] = await this.pool.query<[Row[], Row[]]>(
      `SELECT ${NOW} AS now; SELECT ${COLUMNS} FROM ${this.table} FORCE INDEX (PRIMARY)
       WHERE id IN (${ids.join(',')}) AND queue=${quote(this.queue)}`,
    );
    return { nowMs: msOfDateTime(String(nows[0]?.['now'])), rows: rows.map(rowOf) };
  }

  async byKey(key: string): Promise<TimerRow | undefined> {
    const [row] = await this.pool.query<Row[]>(
      `SELECT ${COLUMNS} FROM ${this.table} WHERE queue=${quote(this.queue)} AND timer_key=${quote(key)}`,
    );
    return row === undefined ? undefined : rowOf(row);
  }

  /**
   * Sets those of `rows` fired that are still what was read: pending, of that version and number of attempts, and due. For the caller's
   * transaction; how many rows they change is the gate.
   */
  firing(rows: readonly TimerRow[]): string[] {
    const byVersion = groupedBy(rows, ({ version, attempts }) => `version=${version} AND attempts=${attempts}`);
    return [...byVersion].map(
      ([asRead, group]) =>
        `UPDATE ${this.table} SET state=${TimerState.FIRED}, ended_at=${NOW}
         WHERE id IN (${group.map(({ id }) => id).join(',')}) AND ${asRead} AND state=${TimerState.PENDING} AND due_at<=${NOW}`,
    );
  }

  /** Those of `rows` that would pass the gate now. Locks nothing: whoever fires them next has to ask the gate again. */
  async passing(rows: readonly TimerRow[]): Promise<Set<string>> {
    const found = await this.pool.query<Row[]>(
      `SELECT id, version, attempts FROM ${this.table} WHERE id IN (${rows.map(({ id }) => id).join(',')})
       AND state=${TimerState.PENDING} AND due_at<=${NOW}`,
    );
    const asRead = new Map(rows.map((row) => [row.id, row]));
    const passing = found.filter((row) => {
      const read = asRead.get(String(row['id']));
      return read?.version === Number(row['version']) && read.attempts === Number(row['attempts']);
    });
    return new Set(passing.map((row) => String(row['id'])));
  }

  /** Sets an ended timer anew; a key is not used up. Answers whether the row was still as read. */
  async rearm(row: TimerRow, dueMs: number, payload: string | null): Promise<boolean> {
    const result = await this.pool.query<unknown>(
      `UPDATE ${this.table} SET state=${TimerState.PENDING}, due_at=${quote(dateTimeText(dueMs))}, slot=${slotOf(dueMs)},
       version=version+1, attempts=0, payload=${quote(payload)}, ended_at=NULL, failure=NULL
       WHERE id=${row.id} AND version=${row.version} AND state=${row.state}`,
    );
    return affectedRowsOf(result) === 1;
  }

  /** Which of `keys` name a row. */
  async taken(keys: readonly string[]): Promise<string[]> {
    const rows = await this.pool.query<Row[]>(
      `SELECT timer_key FROM ${this.table} WHERE queue=${quote(this.queue)} AND timer_key IN (${keys.map(quote).join(',')})`,
    );
    return rows.map((row) => String(row['timer_key']));
  }

  /** Counts a failed attempt, once, and says when to try again (or, without a time, never). Answers whether the row was as read. */
  async recordFailure(row: TimerRow, again: number | undefined, failure: string): Promise<boolean> {
    const change =
      again === undefined
        ? `state=${TimerState.FAILED}, ended_at=${NOW}`
        : `due_at=${quote(dateTimeText(again))}, slot=${slotOf(again)}`;
    const result = await this.pool.query<unknown>(
      `UPDATE ${this.table} SET ${change}, attempts=attempts+1, failure=${quote(failure.slice(0, FAILURE_LENGTH))}
       WHERE id=${row.id} AND version=${row.version} AND attempts=${row.attempts} AND state=${TimerState.PENDING}`,
    );
    return affectedRowsOf(result) === 1;
  }

  async depth(partition: number): Promise<PendingDepth> {
    const [row] = await this.pool.query<Row[]>(
      `SELECT COUNT(*) AS pending, GREATEST(0, COALESCE(UNIX_TIMESTAMP(${NOW}) - MIN(slot), 0)) AS age FROM ${this.table}
       WHERE queue=${quote(this.queue)} AND partition_no=${partition} AND state=${TimerState.PENDING}`,
    );
    return { pending: Number(row?.['pending'] ?? 0), oldestDueAgeMs: Math.round(Number(row?.['age'] ?? 0) * 1_000) };
  }

  /** Forgets what ended before `beforeSlot`, a stride at a time; answers how many rows went. */
  async purge(partition: number, beforeSlot: number, stride: number): Promise<number> {
    const ended = [TimerState.FIRED, TimerState.CANCELLED];
    const deletes = ended.map(
      (state) =>
        `DELETE FROM ${this.table} WHERE queue=${quote(this.queue)} AND partition_no=${partition} AND state=${state}
         AND slot<${beforeSlot} ORDER BY slot LIMIT ${stride}`,
    );
    const results = await this.pool.query<unknown[]>(deletes.join('; '));
    return results.reduce((sum: number, result) => sum + affectedRowsOf(result), 0);
  }
}
