/**
 * The TimerStore of order deadlines: the truth is `deadline_at` in the user shard, set and moved in the transaction of every change, so
 * there is nothing to keep in step. Firing is the same compare-and-set as any other change (P4, P6): it goes through coalesced shard
 * transactions, with its outbox row, under the row's lock and by the database's clock.
 */
import { OrdoError, Transient } from '@ordo/kernel';
import { traceParentOf } from '@ordo/platform';
import { msOfDateTime, type Placement, type ShardTransactions, type ShardUnit, userSchema } from '@ordo/sharding';
import type { FiringVerdict, IndexEntry, PendingDepth, PendingPage, SlotRange, TimerStore } from '@ordo/timers';
import type { OrderCache } from '../change/order-cache.js';
import { transitionEffects } from '../change/order-change.js';
import { lockHeadIfFree } from '../change/order-lock.repository.js';
import { baseOfRow, deadlinesOfRow, type OrderRow } from '../record/order-columns.js';
import type { OrderBase } from '../record/order-record.js';
import type { DeadlineRepository } from './deadline.repository.js';
import { expiryOf, ORDER_DEADLINE_QUEUE } from './deadline.rules.js';
import type { DeadlineSink } from './deadline-indexer.js';

export interface OrderDeadlineStorePorts {
  readonly placement: Placement;
  readonly repository: DeadlineRepository;
  /** The worker's own: a flood of expiring orders queues behind no user's write, and no user's write behind it. */
  readonly transactions: ShardTransactions;
  readonly cache: OrderCache;
  /** A state that is entered by a deadline may have one of its own. */
  readonly sink: DeadlineSink;
  /** Hears of orders that could not be changed; they are tried again. */
  readonly onFailed: (orderIds: readonly string[], error: unknown) => void;
}

interface Fired {
  readonly verdict: FiringVerdict | typeof HELD;
  readonly after?: OrderBase;
}

type Outcome = Fired | { readonly error: unknown };

/** One transaction's worth: more at once would only wait in the writer's queue, past their deadline. */
const UNITS_AT_ONCE = 128;
const UNIT_BYTES = 4_096;
/** A row that cannot be changed is a row for a human; a minute keeps its errors from flooding the log. */
const RETRY_BROKEN_MS = 60_000;
/** Contended, or lost in a COMMIT that could not be read back, or held by somebody: a payment, or a process that was frozen with it. */
const RETRY_TRANSIENT_MS = 1_000;

const REFUSED: FiringVerdict = { kind: 'refused' };
/** Its row is held. Whoever looks again without a lock finds out whether it is there at all. */
const HELD = { kind: 'held' } as const;

export class OrderDeadlineStore implements TimerStore {
  readonly queue = ORDER_DEADLINE_QUEUE;

  constructor(private readonly ports: OrderDeadlineStorePorts) {}

  groupOf(shard: number): number {
    return this.ports.placement.userNode(shard);
  }

  pending(shard: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    return this.ports.repository.pending(shard, range, limit, after);
  }

  async overdue(shards: readonly number[], toSlot: number): Promise<readonly number[]> {
    const [first] = shards;
    return first === undefined ? [] : this.ports.repository.overdue(this.groupOf(first), shards, toSlot);
  }

  depth(shard: number): Promise<PendingDepth> {
    return this.ports.repository.depth(shard);
  }

  async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    const [first] = entries;
    if (first === undefined) return [];
    const { nowMs, dueMsOf } = await this.ports.repository.known(this.groupOf(first.partition), entries);
    const verdicts = new Map<string, FiringVerdict>();
    const due = new Map<string, IndexEntry>();
    for (const entry of entries) {
      const dueMs = dueMsOf.get(entry.id) ?? null;
      if (dueMs === null) verdicts.set(entry.id, REFUSED);
      else if (dueMs > nowMs) verdicts.set(entry.id, { kind: 'early', dueMs });
      else due.set(entry.id, entry);
    }
    for (const [id, verdict] of await this.fireDue([...due.values()], nowMs)) verdicts.set(id, verdict);
    return entries.map(({ id }) => {
      const verdict = verdicts.get(id) ?? REFUSED;
      // An id that was asked for twice has fired once.
      if (verdict.kind === 'fired') verdicts.delete(id);
      return verdict;
    });
  }

  /** In waves of one transaction. Throws a Transient if no order of a wave could be asked and none has been changed before. */
  private async fireDue(due: readonly IndexEntry[], nowMs: number): Promise<Map<string, FiringVerdict>> {
    const verdicts = new Map<string, FiringVerdict>();
    for (let start = 0; start < due.length; start += UNITS_AT_ONCE) {
      const wave = due.slice(start, start + UNITS_AT_ONCE);
      const outcomes = await Promise.all(wave.map((entry) => this.fireOne(entry)));
      const away = outcomes.map(transientOf);
      const [unknown] = away;
      if (unknown !== undefined && away.every((each) => each !== undefined) && verdicts.size === 0) throw unknown;
      await this.follow(outcomes);
      this.tellBroken(wave, outcomes);
      outcomes.forEach((outcome, at) => {
        verdicts.set(wave[at]?.id ?? '', verdictOf(outcome, nowMs));
      });
    }
    return verdicts;
  }

  private fireOne(entry: IndexEntry): Promise<Outcome> {
    return this.ports.transactions.run(this.unitOf(entry)).catch((error: unknown) => ({ error }));
  }

  private unitOf({ id, partition }: IndexEntry): ShardUnit<Fired> {
    const schema = userSchema(partition);
    return {
      node: this.groupOf(partition),
      lockKey: `${schema}/${id}`,
      open: [lockHeadIfFree(id, schema)],
      sizeBytes: UNIT_BYTES,
      decide: ([rows]) => {
        const [row] = rows as OrderRow[];
        if (row === undefined) return { verdict: { verdict: HELD } };
        const before = baseOfRow(row);
        const nowMs = msOfDateTime(String(row['now_utc']));
        if (before.deadlineAt === null) return { verdict: { verdict: REFUSED } };
        if (before.deadlineAt > nowMs) return { verdict: { verdict: { kind: 'early', dueMs: before.deadlineAt } } };
        const { after, event } = expiryOf(before, deadlinesOfRow(row), nowMs);
        const effects = transitionEffects(before, after, event, traceParentOf(undefined));
        return { verdict: { verdict: { kind: 'fired', lateMs: nowMs - before.deadlineAt }, after }, effects };
      },
    };
  }

  /** What follows a commit: the cache, which waits 25 ms at most, and the index. */
  private async follow(outcomes: readonly Outcome[]): Promise<void> {
    const changed = outcomes.flatMap((outcome) => ('after' in outcome && outcome.after ? [outcome.after] : []));
    for (const after of changed) this.ports.sink.note(after);
    await Promise.all(changed.map((after) => this.ports.cache.remember(after)));
  }

  private tellBroken(wave: readonly IndexEntry[], outcomes: readonly Outcome[]): void {
    const broken = wave.filter((_, at) => {
      const outcome = outcomes[at];
      return outcome !== undefined && 'error' in outcome && transientOf(outcome) === undefined;
    });
    const error = outcomes.find((outcome) => 'error' in outcome && transientOf(outcome) === undefined);
    if (error === undefined || !('error' in error)) return;
    this.ports.onFailed(
      broken.map(({ id }) => id),
      error.error,
    );
  }
}

function transientOf(outcome: Outcome): Transient | undefined {
  if (!('error' in outcome)) return undefined;
  return outcome.error instanceof OrdoError && outcome.error.family === 'transient'
    ? (outcome.error as Transient)
    : undefined;
}

function verdictOf(outcome: Outcome, nowMs: number): FiringVerdict {
  if ('verdict' in outcome && outcome.verdict.kind !== 'held') return outcome.verdict;
  const isBroken = 'error' in outcome && transientOf(outcome) === undefined;
  return { kind: 'retried', dueMs: nowMs + (isBroken ? RETRY_BROKEN_MS : RETRY_TRANSIENT_MS) };
}
