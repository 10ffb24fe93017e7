/**
 * The TimerStore of the library's own table: partition p lives in the `timer` table of node p mod nodes, beside the data of the app that
 * sets it. Firing reads the batch, runs its handlers, and commits the gate with their effects.
 */
import { InvariantViolation, invariant } from '@ordo/kernel';
import type { NodePool } from '@ordo/sharding';
import { type IndexEntry, lastDueSlot } from '../slot/slot.js';
import type { FiringVerdict, PendingDepth, PendingPage, SlotRange, TimerStore } from '../store/timer-store.js';
import { FiringTransaction, type Settled } from './firing-transaction.js';
import { type Mishandled, runHandlers } from './handler-run.js';
import { TimerRepository, type TimerRow } from './timer.repository.js';
import { TimerState } from './timer.state.js';
import { backOffOf, defaultRetryRules, type RetryRules, type TimerTask } from './timer-task.js';

export interface TableTimerStoreOptions {
  readonly retries?: RetryRules;
  /** Where `timer` lies on every node; default `ordo_node`. */
  readonly schema?: string;
  /** Hears of every attempt that failed, with the error that the row has only the message of. */
  readonly onFailure?: (key: string, error: unknown, isFinal: boolean) => void;
}

const REFUSED: FiringVerdict = { kind: 'refused' };

interface NodeTable {
  readonly repository: TimerRepository;
  readonly firing: FiringTransaction;
}

export class TableTimerStore implements TimerStore {
  private readonly nodes: readonly NodeTable[];
  private readonly rules: Required<RetryRules>;

  constructor(
    readonly queue: string,
    pools: readonly NodePool[],
    private readonly task: TimerTask,
    private readonly options: TableTimerStoreOptions = {},
  ) {
    this.rules = { ...defaultRetryRules, ...options.retries };
    invariant(this.rules.maxAttempts >= 1, 'a timer is attempted at least once');
    this.nodes = pools.map((pool) => {
      const repository = new TimerRepository(pool, queue, options.schema);
      return { repository, firing: new FiringTransaction(pool, repository) };
    });
  }

  groupOf(partition: number): number {
    return partition % this.nodes.length;
  }

  async pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    const start = after === undefined ? undefined : pageStartOf(after);
    const { repository } = this.nodeOf(partition);
    const entries = await repository.pending(partition, range.afterSlot ?? -1, range.toSlot, limit, start);
    const last = entries.at(-1);
    return last === undefined || entries.length < limit ? { entries } : { entries, next: `${last.slot}:${last.id}` };
  }

  async overdue(partitions: readonly number[], toSlot: number): Promise<readonly number[]> {
    const [first] = partitions;
    return first === undefined ? [] : this.nodeOf(first).repository.overdue(partitions, toSlot);
  }

  depth(partition: number): Promise<PendingDepth> {
    return this.nodeOf(partition).repository.depth(partition);
  }

  /** Forgets fired and cancelled timers that were due before `beforeMs`; answers how many. */
  purge(partition: number, beforeMs: number, stride: number): Promise<number> {
    return this.nodeOf(partition).repository.purge(partition, lastDueSlot(beforeMs), stride);
  }

  async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    const [first] = entries;
    if (first === undefined) return [];
    const node = this.nodeOf(first.partition);
    const { nowMs, rows } = await node.repository.byIds(entries.map(({ id }) => id));
    const verdicts = new Map<string, FiringVerdict>();
    const due = [];
    for (const row of rows) {
      if (row.state !== TimerState.PENDING) continue;
      if (row.dueMs > nowMs) verdicts.set(row.id, { kind: 'early', dueMs: row.dueMs });
      else due.push(row);
    }
    for await (const wave of runHandlers(this.task, this.queue, due, this.rules.deadlineMs)) {
      const settled = await node.firing.settle(wave.handled);
      const broken: Mishandled[] = [...wave.mishandled];
      for (const { row } of wave.handled) {
        const outcome = settled.get(row.id) ?? { kind: 'refused' };
        if (outcome.kind === 'broken') broken.push({ row, error: outcome.error });
        else verdicts.set(row.id, verdictOf(outcome, row, nowMs));
      }
      for (const { row, error } of broken) verdicts.set(row.id, await this.fail(node, row, error, nowMs));
    }
    return entries.map(({ id }) => verdicts.get(id) ?? REFUSED);
  }

  private async fail(node: NodeTable, row: TimerRow, error: unknown, nowMs: number): Promise<FiringVerdict> {
    const attempt = row.attempts + 1;
    const isFinal = attempt >= this.rules.maxAttempts;
    const dueMs = nowMs + backOffOf(this.rules, attempt);
    const failure = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const wasAsRead = await node.repository.recordFailure(row, isFinal ? undefined : dueMs, failure);
    if (!wasAsRead) return REFUSED;
    this.options.onFailure?.(row.key, error, isFinal);
    return isFinal ? { kind: 'failed' } : { kind: 'retried', dueMs };
  }

  private nodeOf(partition: number): NodeTable {
    const node = this.nodes[this.groupOf(partition)];
    invariant(node !== undefined, `partition ${partition} has no node`);
    return node;
  }
}

/** The lateness of the moment at which the batch was read: the commit that follows is some milliseconds later. */
const verdictOf = (settled: Settled, row: TimerRow, nowMs: number): FiringVerdict =>
  settled.kind === 'fired' ? { kind: 'fired', lateMs: nowMs - row.dueMs } : REFUSED;

function pageStartOf(after: string): { slot: number; id: string } {
  const [slot, id] = after.split(':');
  if (slot === undefined || id === undefined) throw new InvariantViolation(`'${after}' is no page of a timer store`);
  return { slot: Number(slot), id };
}
