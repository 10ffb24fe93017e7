/** Counts what the engine of a node says of itself. */
import { OrdoError } from '@ordo/kernel';
import { silentRecorder, type TimerRecorder } from '@ordo/timers';
import type { NodeReport } from './node-messages.js';

/** Of each code. */
const FAILURES_SHOWN = 20;

export class NodeCounts {
  private readonly counts = { fired: 0, early: 0, refused: 0, retried: 0, failedForGood: 0, rebuilt: 0, repaired: 0 };
  private readonly degraded = new Set<number>();
  private readonly failures: Record<string, number> = {};

  readonly recorder: TimerRecorder = {
    ...silentRecorder,
    fired: (_queue, latenessMs) => {
      this.counts.fired += latenessMs.length;
      this.counts.early += latenessMs.filter((ms) => ms < 0).length;
    },
    gateRefused: (_queue, reason, count) => {
      if (reason === 'refused') this.counts.refused += count;
    },
    handlerFailed: (_queue, isFinal, count) => {
      this.counts[isFinal ? 'failedForGood' : 'retried'] += count;
    },
    rebuilt: () => {
      this.counts.rebuilt += 1;
    },
    repaired: (_queue, _partition, entries) => {
      this.counts.repaired += entries;
    },
    degraded: (_queue, partition, isDegraded) => {
      if (isDegraded) this.degraded.add(partition);
      else this.degraded.delete(partition);
    },
    failed: (_queue, step, error) => this.fail(step, error),
  };

  get report(): NodeReport {
    return { ...this.counts, degraded: this.degraded.size, failures: this.failures };
  }

  private fail(step: string, error: unknown): void {
    const code = error instanceof OrdoError ? error.code : 'UNKNOWN';
    const count = (this.failures[code] ?? 0) + 1;
    this.failures[code] = count;
    if (count <= FAILURES_SHOWN) console.error(`${new Date().toISOString()} ${step}: ${String(error)}`);
  }
}
