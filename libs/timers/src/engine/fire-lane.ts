/**
 * Between the partitions and the database: collects what several partitions claimed in the same moment into batches of up to 500, and
 * keeps a bounded number of them under way. A fire gate does 5,000 rows/s one by one, 78,000 in fifties and 127,000 in batches of 200
 * to 500 (TIMERS.md), so a burst must not be fired in the pieces in which it was claimed.
 */
import { OrdoError } from '@ordo/kernel';
import type { IndexEntry } from '../slot/slot.js';
import type { FiringVerdict, TimerStore } from '../store/timer-store.js';
import type { TimerRecorder } from './timer-recorder.js';

export const MAX_BATCH = 500;
/** Transactions at once: while one waits for its fsync, others are being run. */
const BATCHES_AT_ONCE = 4;
/** A batch that waits for a slow handler leaves its place to another, up to so many. */
const SLOW_AFTER_MS = 1_000;
const SLOW_AT_ONCE = 16;
/** Claimed and not yet fired; beyond this, partitions wait with claiming (back-pressure). */
const MAX_WAITING_IDS = 4_000;

/** Nothing is known about the entry: the database was away, or the store failed on this very entry. */
export type LaneVerdict = FiringVerdict | { readonly kind: 'unanswered'; readonly isPoison: boolean };

interface Part {
  readonly entries: readonly IndexEntry[];
  readonly answer: (verdicts: readonly LaneVerdict[]) => void;
}

export class FireLane {
  private waiting: Part[] = [];
  private waitingIds = 0;
  private active = 0;
  private slow = 0;
  private isScheduled = false;
  private readonly waitingForRoom: (() => void)[] = [];

  constructor(
    private readonly store: TimerStore,
    private readonly recorder: TimerRecorder,
  ) {}

  /** One verdict per entry, in order; never throws. At most 500 entries. */
  fire(entries: readonly IndexEntry[]): Promise<readonly LaneVerdict[]> {
    return new Promise((answer) => {
      this.waiting.push({ entries, answer });
      this.waitingIds += entries.length;
      this.schedule();
    });
  }

  /** Resolves when there is room for another batch. */
  async room(): Promise<void> {
    while (this.waitingIds >= MAX_WAITING_IDS) await new Promise<void>((resolve) => this.waitingForRoom.push(resolve));
  }

  /** After this turn of the event loop: answers of one pipeline arrive in one turn, and belong into one transaction. */
  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.pump();
    });
  }

  private pump(): void {
    while (this.active < BATCHES_AT_ONCE && this.waiting.length > 0) void this.fireParts(this.nextParts());
    if (this.waitingIds < MAX_WAITING_IDS) this.waitingForRoom.splice(0).forEach((resume) => resume());
  }

  private nextParts(): Part[] {
    const parts: Part[] = [];
    let size = 0;
    for (const part of this.waiting) {
      if (parts.length > 0 && size + part.entries.length > MAX_BATCH) break;
      parts.push(part);
      size += part.entries.length;
    }
    this.waiting = this.waiting.slice(parts.length);
    this.waitingIds -= size;
    return parts;
  }

  private async fireParts(parts: readonly Part[]): Promise<void> {
    this.active += 1;
    let isSlow = false;
    const timer = setTimeout(() => {
      if (this.slow >= SLOW_AT_ONCE) return;
      isSlow = true;
      this.slow += 1;
      this.active -= 1;
      this.pump();
    }, SLOW_AFTER_MS);
    const verdicts = await this.ask(parts.flatMap(({ entries }) => entries));
    clearTimeout(timer);
    if (isSlow) this.slow -= 1;
    else this.active -= 1;
    let from = 0;
    for (const { entries, answer } of parts) {
      answer(verdicts.slice(from, from + entries.length));
      from += entries.length;
    }
    this.pump();
  }

  /** A store that fails on a batch, other than by being away, is asked for halves until the culprit stands alone. */
  private async ask(entries: readonly IndexEntry[]): Promise<readonly LaneVerdict[]> {
    try {
      return await this.store.fire(entries);
    } catch (error) {
      this.recorder.failed(this.store.queue, 'fire', error);
      const isAway = error instanceof OrdoError && error.family === 'transient';
      if (isAway || entries.length === 1) return entries.map(() => ({ kind: 'unanswered', isPoison: !isAway }));
      const middle = entries.length >> 1;
      const first = await this.ask(entries.slice(0, middle));
      return [...first, ...(await this.ask(entries.slice(middle)))];
    }
  }
}
