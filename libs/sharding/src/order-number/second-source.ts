import type { Clock } from '@ordo/kernel';
import { secondOfMs } from './order-number.js';

/** The seconds that order numbers are made of, counted from the number's own epoch. May throw to forbid numbering. */
export interface SecondSource {
  second(): number;
}

/**
 * How far behind it a source is pulled back per anchoring when the database's clock turns out to be behind: slowly,
 * because a generator may only borrow seconds and would stand still if its source jumped back.
 */
const PULL_BACK_MS = 500;

/**
 * Seconds by the database's clock, without asking it each time: anchored to a reading of that clock, carried on by
 * this process's monotonic clock. The wall clock of the host plays no part, so correcting it, in either direction,
 * repeats no number. Never answers a second before `firstSecond`, which a predecessor with the same worker id may have used.
 */
export class AnchoredSeconds implements SecondSource {
  private anchorMs: number;
  private anchoredAtMs: number;

  constructor(
    private readonly clock: Clock,
    databaseNowMs: number,
    private readonly firstSecond: number,
  ) {
    this.anchorMs = databaseNowMs;
    this.anchoredAtMs = clock.monotonicMs();
  }

  second(): number {
    return Math.max(this.firstSecond, secondOfMs(this.nowMs()));
  }

  /**
   * Follows a newer reading of the database's clock: at once when it is ahead, half a second at a time when it is behind.
   * Answers how many ms the source still runs ahead of the database.
   */
  anchor(databaseNowMs: number): number {
    this.anchorMs = Math.max(databaseNowMs, this.nowMs() - PULL_BACK_MS);
    this.anchoredAtMs = this.clock.monotonicMs();
    return this.anchorMs - databaseNowMs;
  }

  private nowMs(): number {
    return this.anchorMs + this.clock.monotonicMs() - this.anchoredAtMs;
  }
}
