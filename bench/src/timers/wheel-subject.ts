/** Ours, as an app has it: one process, the table, the wheel, one engine that owns every partition. */
import { systemClock } from '@ordo/kernel';
import type { NodePool } from '@ordo/sharding';
import {
  ALL_PARTITIONS,
  type IndexEntry,
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
import { inPieces } from './in-pieces.js';
import { BENCH_QUEUE, effectOf } from './timer-tables.js';

const PER_CALL = 2_000;
const CALLS_AT_ONCE = 4;
const CONNECT_MS = 10_000;

export interface SubjectOptions {
  /** The handler leaves an effect for each firing. Default: none, as the gate of BullMQ's side has none. */
  readonly hasEffects?: boolean;
}

export class WheelSubject {
  readonly redis: TimersRedis;
  readonly engine: TimerEngine;
  readonly timers: Timers;
  fired = 0;
  early = 0;
  rebuilt = 0;
  /** Those that have loaded their horizon since the index was made anew. */
  readonly fedPartitions = new Set<number>();
  private readonly complaints = new Set<string>();

  constructor(
    pools: readonly NodePool[],
    redisUrl: string,
    epoch: number,
    { hasEffects = false }: SubjectOptions = {},
  ) {
    this.redis = openTimersRedis(redisUrl, () => undefined);
    const store = new TableTimerStore(BENCH_QUEUE, pools, {
      handle: ({ id }) => (hasEffects ? { inserts: [effectOf(id)] } : undefined),
    });
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

  async connected(): Promise<void> {
    if (this.redis.status === 'ready') return;
    await new Promise<void>((resolve, reject) => {
      setTimeout(() => reject(new Error('Redis does not answer')), CONNECT_MS).unref();
      this.redis.once('ready', resolve);
    });
  }

  /** Sets all of them: rows committed, index told. */
  async schedule(requests: readonly TimerRequest[]): Promise<void> {
    await inPieces(requests, { size: PER_CALL, atOnce: CALLS_AT_ONCE }, (piece) => this.timers.scheduleAll(piece));
  }

  /** Tells the index alone: entries without rows, which only a measurement has. */
  async index(entries: readonly IndexEntry[]): Promise<void> {
    await inPieces(entries, { size: PER_CALL, atOnce: CALLS_AT_ONCE }, (piece) => this.engine.add(piece));
  }

  /** Resolves when all partitions have found their index gone and have loaded their horizon again. */
  async untilRebuilt(before: number, withinMs: number): Promise<void> {
    const giveUpMs = performance.now() + withinMs;
    const isDone = (): boolean =>
      this.rebuilt >= before + ALL_PARTITIONS.length && this.fedPartitions.size === ALL_PARTITIONS.length;
    while (!isDone() && performance.now() < giveUpMs) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async close(): Promise<void> {
    await this.engine.stop();
    this.redis.disconnect();
  }

  /** Sixty-four partitions complain alike when their Redis is emptied. */
  private complain(step: string, error: unknown): void {
    const text = `${step}: ${error instanceof Error ? error.message : String(error)}`;
    if (!this.complaints.has(text)) console.error(`  ${text}`);
    this.complaints.add(text);
  }
}
