/**
 * Timers as SQL text, for the transaction of the change that sets them. Guarantee: the timer commits with that change or not at all.
 * Nothing is sent here; the caller's transaction carries the text, and afterwards `Timers.index` puts the entry into the index, which may
 * fail or be forgotten: the feeder and the sweeper find what is missing.
 */
import { type Clock, invariant } from '@ordo/kernel';
import { dateTimeText, type GroupedInsert, NODE_SCHEMA, quote } from '@ordo/sharding';
import { type IndexEntry, PARTITION_COUNT, slotOf } from '../slot/slot.js';
import { assertQueueKnown, assertTimer, type TimerRequest } from './timer.rules.js';
import { TimerState } from './timer.state.js';
import { TimerIds } from './timer-ids.js';

/** The table of an app's timers on every node; the order app's lies in `ordo_node`. */
export const timerTableOf = (schema: string = NODE_SCHEMA): string => `${schema}.timer`;
const FIRST_VERSION = 1;

export interface PlannedTimer {
  readonly insert: GroupedInsert;
  readonly entry: IndexEntry;
}

export class TimerWriter {
  private readonly ids: TimerIds;
  private readonly table: string;
  private readonly columns: string;
  private turn = 0;

  constructor(
    private readonly queues: ReadonlySet<string>,
    private readonly nodeCount: number,
    private readonly clock: Clock,
    schema?: string,
  ) {
    invariant(
      nodeCount >= 1 && nodeCount <= PARTITION_COUNT,
      `${nodeCount} nodes do not share ${PARTITION_COUNT} partitions`,
    );
    this.ids = new TimerIds();
    this.table = timerTableOf(schema);
    this.columns = `${this.table} (id, queue, timer_key, due_at, slot, partition_no, version, state, attempts, payload)`;
  }

  /** The row of a new timer on `node`. Throws a Refusal before anything is written; a key that is taken fails the insert (1062). */
  timerInsert(node: number, request: TimerRequest, nowMs = this.clock.nowMs()): PlannedTimer {
    assertQueueKnown(this.queues, request.queue);
    assertTimer(request, nowMs);
    const { queue, key, dueMs, payload } = request;
    const entry = { id: this.ids.next(nowMs), slot: slotOf(dueMs), partition: this.nextPartition(node) };
    const row =
      `(${entry.id},${quote(queue)},${quote(key)},'${dateTimeText(dueMs)}',${entry.slot},${entry.partition},` +
      `${FIRST_VERSION},${TimerState.PENDING},0,${quote(payload ?? null)})`;
    return { insert: { into: `INSERT INTO ${this.columns}`, row }, entry };
  }

  /** Sets those of `timers` whose key and id have no row yet: how many rows it changes says whether that was all of them. */
  timersOnce(timers: readonly PlannedTimer[]): string {
    return `INSERT IGNORE INTO ${this.columns} VALUES ${timers.map(({ insert }) => insert.row).join(',')}`;
  }

  /** Changes one row if the timer is pending, and none otherwise: a timer that fired meanwhile stays fired. */
  timerCancel(queue: string, key: string): string {
    assertQueueKnown(this.queues, queue);
    return `UPDATE ${this.table} SET state=${TimerState.CANCELLED}, version=version+1, ended_at=UTC_TIMESTAMP(3) WHERE ${pendingKey(queue, key)}`;
  }

  /** Changes one row if the timer is pending, and none otherwise. The partition stays; the attempts begin anew. */
  timerReschedule(queue: string, key: string, dueMs: number): string {
    assertQueueKnown(this.queues, queue);
    assertTimer({ queue, key, dueMs }, this.clock.nowMs());
    return `UPDATE ${this.table} SET due_at=${quote(dateTimeText(dueMs))}, slot=${slotOf(dueMs)}, version=version+1, attempts=0 WHERE ${pendingKey(queue, key)}`;
  }

  /** Another process makes the same ids, as a duplicate primary key has shown. */
  redraw(): void {
    this.ids.redraw();
  }

  /** Partition p lives on node p mod nodes, so that a node's timers and their lease share its fate. In turn: even by construction. */
  private nextPartition(node: number): number {
    invariant(node >= 0 && node < this.nodeCount, `node ${node} does not exist`);
    const share = Math.floor((PARTITION_COUNT - 1 - node) / this.nodeCount) + 1;
    this.turn = (this.turn + 1) % (PARTITION_COUNT * this.nodeCount);
    return node + this.nodeCount * (this.turn % share);
  }
}

const pendingKey = (queue: string, key: string): string =>
  `queue=${quote(queue)} AND timer_key=${quote(key)} AND state=${TimerState.PENDING}`;
