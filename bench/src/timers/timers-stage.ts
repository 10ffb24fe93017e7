/** What every part of the timers' bench stands on: the table, Redis, and both emptied before each run. */
import { NodePools } from '@ordo/sharding';
import type { TimerRequest } from '@ordo/timers';
import { Redis } from 'ioredis';
import { BENCH_QUEUE, emptyTables, prepareEffects } from './timer-tables.js';
import { type SubjectOptions, WheelSubject } from './wheel-subject.js';

/** On a machine that others use, too, a statement of a thousand rows may take its time; a bench waits for it, on either side. */
const PATIENT = { queryDeadlineMs: 60_000, acquireDeadlineMs: 60_000 };
const MS_PER_SECOND = 1_000;

/** The first full second after `aheadMs`: all of a burst are due in it. */
export const secondIn = (aheadMs: number): number => Math.ceil((Date.now() + aheadMs) / MS_PER_SECOND) * MS_PER_SECOND;

export class TimersStage {
  readonly redisUrl = process.env['ORDO_REDIS_TIMERS_URL'] ?? '';
  /** For the bench's own commands: emptying what BullMQ left takes longer than a timer's command may. */
  readonly redis = new Redis(this.redisUrl, { maxRetriesPerRequest: null });
  private readonly nodes = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','), PATIENT);
  private epoch = Date.now();
  private key = 0;

  static async open(): Promise<TimersStage> {
    const stage = new TimersStage();
    await prepareEffects(stage.pools);
    return stage;
  }

  get pools() {
    return this.nodes.all;
  }

  async empty(): Promise<void> {
    await emptyTables(this.pools);
    await this.redis.flushall();
  }

  /** Ours on an empty stage, its index ready to be added to; it fires nothing until `engine.start()`. */
  async freshWheel(options: SubjectOptions = {}): Promise<WheelSubject> {
    const subject = await this.freshSetter(options);
    await subject.engine.tick();
    return subject;
  }

  /** Ours as a process that sets and owns nothing: its epoch is nowhere, so leased owners are not refused. */
  async freshSetter(options: SubjectOptions = {}): Promise<WheelSubject> {
    await this.empty();
    this.epoch += 1;
    const subject = new WheelSubject(this.pools, this.redisUrl, this.epoch, options);
    await subject.connected();
    return subject;
  }

  requests(count: number, dueMsOf: (at: number) => number): TimerRequest[] {
    return Array.from({ length: count }, (_, at) => {
      this.key += 1;
      return { queue: BENCH_QUEUE, key: `k${this.epoch}-${this.key}`, dueMs: dueMsOf(at) };
    });
  }

  async close(): Promise<void> {
    this.redis.disconnect();
    await this.nodes.close();
  }
}
