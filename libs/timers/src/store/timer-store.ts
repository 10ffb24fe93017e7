/**
 * The truth about the timers of one queue. Whoever implements it decides where the rows live and what firing means; the engine decides
 * only when to ask. Everything the engine believes may be wrong (an index entry that is stale, repeated, lost or early), so each method
 * states what it owes and which race that closes. `timerStoreContract` checks the obligations that can be checked from outside.
 */
import type { IndexEntry, SlotEntry } from '../slot/slot.js';

/** What became of one entry that the engine asked to fire. */
export type FiringVerdict =
  /** The change from PENDING, and its effect, are committed. `lateMs` counts from the true due time, by the database's clock. */
  | { readonly kind: 'fired'; readonly lateMs: number }
  /** Not pending: fired before, cancelled, or unknown. The index may forget it. */
  | { readonly kind: 'refused' }
  /** Pending, but due only at `dueMs` by the database's clock: rescheduled, or our clock is ahead. */
  | { readonly kind: 'early'; readonly dueMs: number }
  /** Its handler failed; it is pending again, due at `dueMs`, as the row says. */
  | { readonly kind: 'retried'; readonly dueMs: number }
  /** Its handler failed for the last time; it is no longer pending and waits for a human. */
  | { readonly kind: 'failed' };

export interface PendingPage {
  /** In ascending order of slot. */
  readonly entries: readonly SlotEntry[];
  /** Where the next page begins, in the store's own words; absent on the last page. */
  readonly next?: string;
}

export interface SlotRange {
  /** Exclusive; absent: from the beginning of time, so that what is overdue comes first. */
  readonly afterSlot?: number;
  /** Inclusive. `now`: what is due by the database's clock. */
  readonly toSlot: number | 'now';
}

export interface PendingDepth {
  readonly pending: number;
  /** How long the oldest has been due, ms; 0 when none is. */
  readonly oldestDueAgeMs: number;
}

export interface TimerStore {
  readonly queue: string;

  /**
   * Which partitions may share one call of {@link fire}; any number, the same for ever. A store that needs one transaction per
   * database answers the database's index.
   */
  groupOf(partition: number): number;

  /**
   * The pending timers of `partition` in `range`, a page at a time.
   *
   * Owes: every timer whose transaction had committed before the call, in ascending order of slot, once over all pages; READ
   * COMMITTED or fresher, from the primary. Closes the race of a schedule against the feeder: the feeder first raises the horizon (from
   * then on schedulers index their timers themselves) and reads afterwards, so a timer is seen by one of the two.
   * May name a timer that stops being pending while the page is read; the gate refuses it.
   */
  pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage>;

  /**
   * Which of `partitions`, all of one group, have a timer that pends up to `toSlot`, inclusive: one question for all of them, because the
   * answer is nearly always none.
   *
   * Owes: every timer that {@link pending} would name there counts. May name a partition whose timer stops being pending meanwhile.
   */
  overdue(partitions: readonly number[], toSlot: number): Promise<readonly number[]>;

  /**
   * Fires those of `entries` that are pending and due by the database's clock. One verdict per entry, in order. All entries are of one
   * group; at most 500.
   *
   * Owes: the change from PENDING and the effect commit together or not at all, as a conditional update on state, version and due time.
   * That closes the races of a repeat (two owners, a lease that ran out, an answer that was lost), of a cancel or a reschedule under
   * way, and of a clock that is ahead: whoever comes second, or too early, changes nothing. Safe to repeat with any entries.
   * Owes: an entry that cannot be fired gets a verdict of its own and never decides about its neighbours.
   * A Transient says that nothing is known about any of them (the database is away); the engine asks again later.
   */
  fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]>;

  /** Rows that wait, for metrics and operators; may be a little old. */
  depth(partition: number): Promise<PendingDepth>;
}
