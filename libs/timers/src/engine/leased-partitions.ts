/**
 * The partitions of a group of processes, leased on the node that each lives on: the loss of one node stops nothing elsewhere. Before a
 * partition is given away, what was claimed of it is fired to the end, because its next owner takes over what is claimed at once.
 */
import { type Held, PartitionGroup, processIdentity } from '@ordo/coordination';
import { type Clock, systemClock } from '@ordo/kernel';
import { NODE_SCHEMA, type NodePool } from '@ordo/sharding';
import { type OwnedPartition, type PartitionOwnership, placedOwnership } from './partition-ownership.js';
import type { TimerEngine } from './timer-engine.js';
import { silentRecorder, type TimerRecorder } from './timer-recorder.js';

export interface LeasedPartitionsOptions {
  /** Order = node index, the same in every process. */
  readonly pools: readonly NodePool[];
  /** `lease.name` on each node; the same for all processes that share the partitions. */
  readonly group: string;
  /** The partitions that live on a node, in the same order in every process. */
  readonly partitionsOf: (node: number) => readonly number[];
  /** Who fires them: woken when they change, and asked to end before they are given away. */
  readonly engines: () => Iterable<TimerEngine>;
  readonly recorder?: TimerRecorder;
  /** How the cluster calls this process. Default: its identity on this host, by which its neighbours know at once when it is dead. */
  readonly memberId?: string;
  readonly clock?: Clock;
  /** Where `lease` and `member` lie; default `ordo_node`. */
  readonly schema?: string;
}

/** A batch takes milliseconds; the next owner waits no longer than this for a handler that takes its time. */
const HAND_OVER_MS = 1_000;
const silent = { gained: () => undefined, lost: () => undefined, mastered: () => undefined };

export class LeasedPartitions implements PartitionOwnership {
  private readonly groups: readonly PartitionGroup[];
  private readonly ownership: PartitionOwnership;

  constructor(private readonly options: LeasedPartitionsOptions) {
    const { pools, partitionsOf } = options;
    this.groups = pools.map((pool, node) => this.groupOn(pool, partitionsOf(node)));
    this.ownership = placedOwnership(this.groups.map((group, node) => ({ group, partitions: partitionsOf(node) })));
  }

  owned(): readonly OwnedPartition[] {
    return this.ownership.owned();
  }

  epochOf(partition: number): number | undefined {
    return this.ownership.epochOf(partition);
  }

  start(): void {
    for (const group of this.groups) group.start();
  }

  /** Gives everything back: the next owners have it within a second. Stop the engines first. */
  async stop(): Promise<void> {
    await Promise.all(this.groups.map((group) => group.stop()));
  }

  private groupOn(pool: NodePool, partitions: readonly number[]): PartitionGroup {
    const { group, engines, schema = NODE_SCHEMA, recorder = silentRecorder } = this.options;
    const { memberId = processIdentity(), clock = systemClock } = this.options;
    return new PartitionGroup({
      ...{ pool, schema, group, memberId, clock, partitions: partitions.length, drainMs: HAND_OVER_MS },
      onChange: () => {
        for (const engine of engines()) engine.wake();
      },
      beforeRelease: (held) => this.handedOver(held, partitions),
      recorder: { ...silent, failed: (_node, _group, error) => recorder.failed('*', 'lease', error) },
    });
  }

  private async handedOver(held: readonly Held[], partitions: readonly number[]): Promise<void> {
    const leaving = held.flatMap(({ partition: member }) => partitions[member] ?? []);
    await Promise.all([...this.options.engines()].map((engine) => engine.handedOver(leaving)));
  }
}
