/**
 * Forgets timers that have ended: without it the table grows by every timer that ever was, and each firing becomes a little slower. Every
 * owner does so for its own partitions, a stride at a time and one after the other, so that it is never felt. Failed timers stay: they
 * wait for a person.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Clock, systemClock } from '@ordo/kernel';
import type { PartitionOwnership } from '../engine/partition-ownership.js';
import type { TimerRecorder } from '../engine/timer-recorder.js';

export interface PurgedQueue {
  readonly queue: string;
  /** Forgets up to `stride` fired and as many cancelled timers that were due before `beforeMs`; answers how many. */
  purge(partition: number, beforeMs: number, stride: number): Promise<number>;
}

export interface TimerPurgeOptions {
  readonly queues: readonly PurgedQueue[];
  readonly ownership: PartitionOwnership;
  readonly recorder: TimerRecorder;
  readonly clock?: Clock;
  /** How long an ended timer is kept after it was due, for whoever asks what became of it, ms; 7 days. */
  readonly keepMs?: number;
  /** Between two rounds, ms; 60 s. */
  readonly everyMs?: number;
}

const DAY_MS = 86_400_000;
export const KEEP_ENDED_MS = 7 * DAY_MS;
const EVERY_MS = 60_000;
/** Some 10 ms of the database: no firing waits longer for a row or a page. */
const STRIDE = 1_000;
/** Of one partition and round: 64 partitions forget 54,000 timers a second at most, so no backlog holds up the others for long. */
const STRIDES_PER_ROUND = 50;

export class TimerPurge {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: TimerPurgeOptions) {}

  start(): void {
    this.running ??= this.run();
  }

  /** Ends after the stride under way. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** All owned partitions of all queues, once. Never throws: what does not succeed is tried again in the next round. */
  async round(): Promise<void> {
    const { queues, ownership } = this.options;
    for (const queue of queues) {
      for (const { partition } of ownership.owned()) {
        if (this.stopping.signal.aborted) return;
        await this.purge(queue, partition);
      }
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(this.options.everyMs ?? EVERY_MS, undefined, { signal }).catch(() => undefined);
      if (!signal.aborted) await this.round();
    }
  }

  private async purge(queue: PurgedQueue, partition: number): Promise<void> {
    const { clock = systemClock, keepMs = KEEP_ENDED_MS, ownership, recorder } = this.options;
    try {
      for (let stride = 0; stride < STRIDES_PER_ROUND && !this.stopping.signal.aborted; stride += 1) {
        if (ownership.epochOf(partition) === undefined) return;
        const count = await queue.purge(partition, clock.nowMs() - keepMs, STRIDE);
        if (count > 0) recorder.purged(queue.queue, count);
        if (count < STRIDE) return;
      }
    } catch (error) {
      recorder.failed(queue.queue, 'purge', error);
    }
  }
}
