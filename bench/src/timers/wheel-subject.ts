/** Ours, as an app has it: one process, the table, the wheel, one engine that owns every partition. */
import { systemClock } from '@ordo/kernel';
import type { NodePool } from '@ordo/sharding';
import {
  openTimersRedis,
  RedisWheel,
  silentRecorder,
  soleOwnership,
  TableTimerStore,
  TimerEngine,
  type TimerRequest,
  Timers,
  type TimersRedis,
} from '@ordo/timers';
import { BENCH_QUEUE } from './timer-tables.js';

const PER_CALL = 2_000;
const CALLS_AT_ONCE = 4;

export class WheelSubject {
  readonly redis: TimersRedis;
  readonly engine: TimerEngine;
  readonly timers: Timers;
  fired = 0;
  early = 0;
  rebuilt = 0;
  private readonly complaints = new Set<string>();
  /** Those that have loaded their horizon since the index was made anew. */
  readonly fedPartitions = new Set<number>();

  constructor(pools: readonly NodePool[], redisUrl: string, epoch: number) {
    this.redis = openTimersRedis(redisUrl, () => undefined);
    const store = new TableTimerStore(BENCH_QUEUE, pools, { handle: () => undefined });
    this.engine = new TimerEngine({
      store,
      index: new RedisWheel(this.redis, BENCH_QUEUE),
      ownership: soleOwnership(epoch),
      recorder: {
        ...silentRecorder,
        fired: (_queue, late) => {
          this.fired += late.length;
          for (const ms of late) if (ms < 0) this.early += 1;
        },
        fed: (_queue, partition) => {
          this.fedPartitions.add(partition);
        },
        rebuilt: (_queue, partition) => {
          this.rebuilt += 1;
          this.fedPartitions.delete(partition);
        },
        failed: (_queue, step, error) => this.complain(step, error),
      },
    });
    this.timers = new Timers(pools, new Map([[BENCH_QUEUE, this.engine]]), systemClock);
  }

  /** Sixty-four partitions complain alike when their Redis is emptied. */
  private complain(step: string, error: unknown): void {
    const text = `${step}: ${error instanceof Error ? error.message : String(error)}`;
    if (!this.complaints.has(text)) console.error(`  ${text}`);
    this.complaints.add(text);
  }

  /** Sets all of them: rows committed, index told. */
  async schedule(requests: readonly TimerRequest[]): Promise<void> {
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < requests.length) {
        const chunk = requests.slice(next, next + PER_CALL);
        next += PER_CALL;
        await this.timers.scheduleAll(chunk);
      }
    };
    await Promise.all(Array.from({ length: CALLS_AT_ONCE }, worker));
  }

  async close(): Promise<void> {
    await this.engine.stop();
    this.redis.disconnect();
  }
}
