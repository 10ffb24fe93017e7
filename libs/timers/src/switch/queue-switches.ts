/**
 * Whether this process may fire: the operator's switch of each queue on each node, looked at once a second, one statement for all queues
 * of a process. It lies on the node whose timers it stops, so that it can be thrown when any other node is away, and it keeps its last
 * known position while its own is: timers of a node that does not answer cannot fire anyway, and one that comes back must not fire for a
 * second what was paused. For the same reason nothing fires before the first answer. See docs/adr/0011.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodePool } from '@ordo/sharding';
import { silentRecorder, type TimerRecorder } from '../engine/timer-recorder.js';
import { QueueSwitchRepository } from './queue-switch.repository.js';
import { QueueState } from './queue-switch.state.js';

export interface QueueSwitchesOptions {
  /** The nodes that hold the queues' timers; their position is the group that a TimerStore names. */
  readonly pools: readonly Pick<NodePool, 'name' | 'query'>[];
  readonly queues: readonly string[];
  /** Where `timer_switch` lies on every node; default `ordo_node`. */
  readonly schema?: string;
  /** The PartitionGroup that owns the queues' partitions: what operators are shown as owners. */
  readonly group?: string;
  /** Something may be fired that might not, or the other way round: engines look at once. */
  readonly onChange?: () => void;
  readonly recorder?: TimerRecorder;
  /** 1 s. */
  readonly lookEveryMs?: number;
}

/** Less than the pause between two looks, so that a node that hangs is asked once a second and not more rarely. */
const DEADLINE_MS = 900;
const LOOK_EVERY_MS = 1_000;

export class QueueSwitches {
  /** By node: the queues that may fire there; undefined until the node has answered once. */
  private readonly open: (ReadonlySet<string> | undefined)[];
  private readonly recorder: TimerRecorder;
  private readonly stopping = new AbortController();
  private watching: Promise<unknown> | undefined;

  constructor(private readonly options: QueueSwitchesOptions) {
    this.open = options.pools.map(() => undefined);
    this.recorder = options.recorder ?? silentRecorder;
  }

  /** Asked before every claim: whether the operator lets `queue` fire on the node. false until the node has answered once. */
  mayFire(queue: string, node: number): boolean {
    return this.open[node]?.has(queue) ?? false;
  }

  start(): void {
    this.watching ??= Promise.all(this.options.pools.map((pool, node) => this.watch(pool, node)));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  /** Looks at all nodes once. Never throws: a node that does not answer keeps its position. */
  async look(): Promise<void> {
    await Promise.all(this.options.pools.map((pool, node) => this.lookAt(pool, node)));
  }

  private async watch(pool: Pick<NodePool, 'name' | 'query'>, node: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.lookAt(pool, node);
      await sleep(this.options.lookEveryMs ?? LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async lookAt(pool: Pick<NodePool, 'name' | 'query'>, node: number): Promise<void> {
    const { queues, group = null } = this.options;
    if (queues.length === 0) return;
    const repository = new QueueSwitchRepository(pool, this.options.schema);
    try {
      const known = await repository.read(queues, DEADLINE_MS);
      for (const queue of queues) {
        const found = known.find((each) => each.queue === queue);
        if (found === undefined || found.group !== group) await repository.announce(queue, group);
      }
      const paused = new Set(known.filter(({ state }) => state === QueueState.PAUSED).map(({ queue }) => queue));
      this.settle(node, new Set(queues.filter((queue) => !paused.has(queue))));
    } catch (error) {
      this.recorder.failed('*', 'switch', error);
    }
  }

  private settle(node: number, open: ReadonlySet<string>): void {
    const before = this.open[node];
    this.open[node] = open;
    const changed = this.options.queues.filter((queue) => before?.has(queue) !== open.has(queue));
    for (const queue of changed) this.recorder.paused(queue, this.pausedNodes(queue));
    if (changed.length > 0) this.options.onChange?.();
  }

  /** Nodes that have not answered yet are not paused, only not known. */
  private pausedNodes(queue: string): number {
    return this.open.filter((open) => open !== undefined && !open.has(queue)).length;
  }
}
