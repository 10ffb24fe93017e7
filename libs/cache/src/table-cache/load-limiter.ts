/** A bound on the loads that reach the database, so that a cold or dead cache turns into waiting and not into an avalanche. */
import { transient } from '@ordo/contracts';

export interface LoadLimits {
  /** Loads at once. Default 64: more than the pools of a node hold, so a healthy system never waits here. */
  readonly concurrent?: number;
  /** Loads that may wait. Default 2,000: at 1,000 loads/s the last of them waits two seconds, which is as long as a caller does. */
  readonly waiting?: number;
}

const RETRY_AFTER_MS = 200;

export class LoadLimiter {
  private running = 0;
  private readonly queue: (() => void)[] = [];
  private readonly concurrent: number;
  private readonly waiting: number;

  constructor({ concurrent = 64, waiting = 2_000 }: LoadLimits = {}) {
    this.concurrent = concurrent;
    this.waiting = waiting;
  }

  /** Runs `load` when it is its turn. Throws what `load` throws, or Transient OVERLOADED when too many wait already. */
  async run<T>(load: () => Promise<T>): Promise<T> {
    if (this.running >= this.concurrent) await this.turn();
    else this.running += 1;
    try {
      return await load();
    } finally {
      this.pass();
    }
  }

  private turn(): Promise<void> {
    if (this.queue.length >= this.waiting) {
      throw transient('OVERLOADED', `${this.queue.length} reads wait for the database already`, RETRY_AFTER_MS);
    }
    return new Promise((resolve) => this.queue.push(resolve));
  }

  /** The slot goes straight to the next that waits, so that no newcomer overtakes it. */
  private pass(): void {
    const next = this.queue.shift();
    if (next === undefined) this.running -= 1;
    else next();
  }
}
