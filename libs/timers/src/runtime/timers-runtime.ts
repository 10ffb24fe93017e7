/** What runs in a process: one engine per handled queue, the ownership of partitions, and the links to the servers. */
import { type Clock, invariant, systemClock } from '@ordo/kernel';
import type { NodePool } from '@ordo/sharding';
import { LeasedPartitions } from '../engine/leased-partitions.js';
import { type PartitionOwnership, spreadPartitions } from '../engine/partition-ownership.js';
import { TimerEngine } from '../engine/timer-engine.js';
import { silentRecorder, type TimerRecorder } from '../engine/timer-recorder.js';
import { QueueSwitches } from '../switch/queue-switches.js';
import { TableTimerStore } from '../table/table-timer-store.js';
import { TimerPurge } from '../table/timer-purge.js';
import type { RetryRules, TimerTask } from '../table/timer-task.js';
import { Timers } from '../table/timers.js';
import { RedisWheel } from '../wheel/redis-wheel.js';
import { openTimersRedis, type TimersRedis } from '../wheel/timers-redis.js';

export interface TimersOptions {
  /** The nodes that hold the timers; order = node index, the same in every process. */
  readonly pools: readonly NodePool[];
  /** One server, or the comma-separated masters of a Redis Cluster. */
  readonly redisUrl: string;
  /** Of the environment, where several share one Redis (`ORDO_SPACE`). Default: none. */
  readonly space?: string;
  /** Where `timer`, `timer_switch`, `lease` and `member` lie on every node; default `ordo_node`. Queues of two schemas never share a name. */
  readonly schema?: string;
  /** Processes of one group share its partitions, so all of them handle the same queues. Default `timers`. */
  readonly group?: string;
  /** How the cluster calls this process. Default: its identity on this host, by which its neighbours know at once when it is dead. */
  readonly memberId?: string;
  readonly clock?: Clock;
  /** Who owns what; default: leases of `group`, on each node for its own timers. */
  readonly ownership?: PartitionOwnership;
  readonly recorder?: TimerRecorder;
  /** How long ended timers are kept after they were due, ms; default 7 days. Failed ones are kept until somebody deletes them. */
  readonly keepEndedMs?: number;
  /** false: this process sets timers and fires none. Default true. */
  readonly fires?: boolean;
}

export interface QueueTask {
  readonly queue: string;
  readonly retries: RetryRules;
  readonly task: TimerTask;
}

export class TimersRuntime {
  readonly timers: Timers;
  private readonly engines = new Map<string, TimerEngine>();
  private readonly redis: TimersRedis;
  private readonly leased: LeasedPartitions | undefined;
  private readonly switches: QueueSwitches;
  private readonly purge: TimerPurge;

  constructor(
    private readonly options: TimersOptions,
    tasks: readonly QueueTask[],
  ) {
    const { recorder = silentRecorder, clock = systemClock } = options;
    this.redis = openTimersRedis(options.redisUrl, (error) => recorder.failed('*', 'redis', error), options.space);
    const leased = this.lease(recorder);
    this.leased = options.ownership === undefined ? leased : undefined;
    const ownership = options.ownership ?? leased;
    this.switches = new QueueSwitches({
      ...{ pools: options.pools, queues: tasks.map(({ queue }) => queue), recorder },
      ...(options.ownership === undefined ? { group: groupOf(options) } : {}),
      ...schemaOf(options),
      onChange: () => this.wake(),
    });
    const stores: TableTimerStore[] = [];
    for (const { queue, retries, task } of tasks) {
      invariant(!this.engines.has(queue), `queue ${queue} has two handlers`, { queue });
      const store = new TableTimerStore(queue, options.pools, task, { retries, ...schemaOf(options) });
      stores.push(store);
      const index = new RedisWheel(this.redis, queue);
      const mayFire = (node: number): boolean => this.switches.mayFire(queue, node);
      this.engines.set(queue, new TimerEngine({ store, index, ownership, recorder, clock, mayFire }));
    }
    const keep = options.keepEndedMs === undefined ? {} : { keepMs: options.keepEndedMs };
    this.purge = new TimerPurge({ queues: stores, ownership, recorder, ...keep });
    this.timers = new Timers(options.pools, this.engines, clock, options.schema);
  }

  start(): void {
    if (this.options.fires === false) return;
    this.switches.start();
    this.leased?.start();
    for (const engine of this.engines.values()) engine.start();
    this.purge.start();
  }

  /** Fires nothing new, ends what was claimed, and gives the partitions back. */
  async stop(): Promise<void> {
    await Promise.all([...[...this.engines.values()].map((engine) => engine.stop()), this.purge.stop()]);
    await Promise.all([this.leased?.stop(), this.switches.stop()]);
    this.redis.disconnect();
  }

  private lease(recorder: TimerRecorder): LeasedPartitions {
    const { pools, memberId, clock = systemClock } = this.options;
    return new LeasedPartitions({
      ...{ pools, recorder, clock, group: groupOf(this.options), ...schemaOf(this.options) },
      ...(memberId === undefined ? {} : { memberId }),
      partitionsOf: (node) => spreadPartitions(node, pools.length),
      engines: () => this.engines.values(),
    });
  }

  private wake(): void {
    for (const engine of this.engines.values()) engine.wake();
  }
}

const groupOf = ({ group = 'timers' }: TimersOptions): string => group;
const schemaOf = ({ schema }: TimersOptions): { readonly schema?: string } => (schema === undefined ? {} : { schema });
