/**
 * Tells the timers' index of deadlines that have been committed. Nothing waits for it and nothing depends on it: what does not get into
 * the index (Redis away, too many at once, a process that dies) is found by the feeder or the sweeper, some 20 s late at worst. So the
 * write path pays for an array entry, and a Redis that is away costs nothing (P9).
 */
import { type Clock, systemClock } from '@ordo/kernel';
import { addEntries, groupedBy, HORIZON_SECONDS, type IndexEntry, type WheelIndex } from '@ordo/timers';
import type { OrderBase } from '../record/order-record.js';
import { deadlineEntryOf } from './deadline.rules.js';

/** Hears of a committed change. Never throws, never waits. */
export interface DeadlineSink {
  note(base: OrderBase): void;
}

export interface DeadlineIndexerOptions {
  /** Hears of what the index did not take; it is found later. */
  readonly onFailed: (orders: number, error: unknown) => void;
  /** Hears how many were let go because too many waited. */
  readonly onDropped: (orders: number) => void;
  readonly clock?: Clock;
}

/** Long enough that a busy api sends few calls (one per shard that changed), short against any deadline. */
const GATHER_MS = 200;
/** Some seconds of a busy api, a few MB; beyond it the sweeper is faster than a queue. */
const MAX_GATHERED = 20_000;
/** The index takes nothing behind its horizon; the margin is for clocks that differ. */
const INDEXED_AHEAD_MS = (HORIZON_SECONDS + 60) * 1_000;

export class DeadlineIndexer implements DeadlineSink {
  private gathered: IndexEntry[] = [];
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private readonly clock: Clock;

  constructor(
    private readonly index: Pick<WheelIndex, 'add'>,
    private readonly options: DeadlineIndexerOptions,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  note(base: OrderBase): void {
    const entry = deadlineEntryOf(base);
    if (entry === undefined || (base.deadlineAt ?? 0) > this.clock.nowMs() + INDEXED_AHEAD_MS) return;
    if (this.gathered.length >= MAX_GATHERED) this.dropped += 1;
    else this.gathered.push(entry);
    this.sendSoon();
  }

  /** Sends what was gathered; resolves when that is over. */
  async flush(): Promise<void> {
    await this.sending;
    clearTimeout(this.timer);
    this.timer = undefined;
    await this.send();
  }

  private sendSoon(): void {
    if (this.timer !== undefined || this.sending !== undefined) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.sending = this.send().finally(() => {
        this.sending = undefined;
        if (this.gathered.length > 0) this.sendSoon();
      });
    }, GATHER_MS);
  }

  private async send(): Promise<void> {
    const entries = this.gathered;
    this.gathered = [];
    if (this.dropped > 0) this.options.onDropped(this.dropped);
    this.dropped = 0;
    let failed = 0;
    let reason: unknown;
    const calls = [...groupedBy(entries, ({ partition }) => partition)].map(([partition, group]) =>
      addEntries(this.index, partition, group).catch((error: unknown) => {
        failed += group.length;
        reason = error;
      }),
    );
    await Promise.all(calls);
    if (failed > 0) this.options.onFailed(failed, reason);
  }
}
