/**
 * The lanes of one node's outbox that this process owns, shared among all workers: leases beside the outbox, so that the loss of one
 * node stops no other, and one transaction can ask for the lease and delete the rows that it guards.
 */
import { type Held, PartitionGroup, processIdentity } from '@ordo/coordination';
import type { Clock } from '@ordo/kernel';
import { LANE_COUNT, type NodePool } from '@ordo/sharding';
import type { OutboxTable } from './outbox.repository.js';

/** The groups of every node's lanes in the `lease` table beside the outbox: each cluster's relay has leases of its own. */
const GROUP = { outbox: 'relay.lanes', outbox_second: 'relay.lanes.second' } as const;
/** A pass takes milliseconds; one that waits for a slow broker longer than this is repeated in part by the next owner. */
const DRAIN_MS = 2_000;

export interface LaneOwnershipOptions {
  readonly pool: NodePool;
  /** Of the outbox, and so of the leases. */
  readonly schema: string;
  readonly table: OutboxTable;
  readonly clock: Clock;
  readonly onChange: () => void;
  /** Resolves when the pass under way, which may still be at work on a lane that is to be given away, has ended. */
  readonly settled: () => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

export class LaneOwnership {
  private readonly group: PartitionGroup;
  private generation = 0;

  constructor({ pool, schema, table, clock, onChange, settled, onFailed }: LaneOwnershipOptions) {
    this.group = new PartitionGroup({
      ...{ pool, schema, clock, group: GROUP[table], partitions: LANE_COUNT, memberId: processIdentity() },
      recorder: { ...silent, failed: (_node, _group, error) => onFailed(error) },
      beforeRelease: settled,
      drainMs: DRAIN_MS,
      onChange: ({ gained }) => {
        if (gained.length > 0) this.generation += 1;
        onChange();
      },
    });
  }

  /** The lanes that are surely ours now; none while other workers own them, or while the node is away for longer than a lease. */
  owned(): readonly Held[] {
    return this.group.owned();
  }

  /** Whether a lane is still ours under the epoch under which the work on it began. */
  holds({ partition, epoch }: Held): boolean {
    return this.group.epochOf(partition) === epoch;
  }

  /** A statement that ends its packet when one of `lanes` has another owner by now. */
  guard(lanes: readonly Held[]): string {
    return this.group.guard(lanes);
  }

  /** After a guard refused: no lane is ours until the node has been asked again. */
  doubt(): void {
    this.group.doubt();
  }

  /** Rises with every lane that is gained, so that a relay can see that it must forget what it knew of its lanes. */
  get tenure(): number {
    return this.generation;
  }

  start(): void {
    this.group.start();
  }

  /** The next owner has the lanes within a second. */
  stop(): Promise<void> {
    return this.group.stop();
  }
}

const silent = { gained: () => undefined, lost: () => undefined, mastered: () => undefined };
