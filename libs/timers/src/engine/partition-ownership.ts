/** Who may drain a partition. Taken by `PartitionGroup` of @ordo/coordination, or by one process alone. */
import { ALL_PARTITIONS } from '../slot/slot.js';

export interface OwnedPartition {
  readonly partition: number;
  /** Rises with every owner; the index refuses what comes under an older one. */
  readonly epoch: number;
}

export interface PartitionOwnership {
  /** What may be worked on now. Asked on every tick, so a loss needs no notice. */
  owned(): readonly OwnedPartition[];
  /** Asked before every claim: undefined as soon as the lease can no longer be trusted. */
  epochOf(partition: number): number | undefined;
}

/** All partitions, for a single process that needs no coordination, and for specs. `epoch` has to exceed that of its last start. */
export function soleOwnership(epoch: number, partitions: readonly number[] = ALL_PARTITIONS): PartitionOwnership {
  const owned = partitions.map((partition) => ({ partition, epoch }));
  const all = new Set(partitions);
  return { owned: () => owned, epochOf: (partition) => (all.has(partition) ? epoch : undefined) };
}

/** What {@link spreadOwnership} needs of a group: the partitions of one node, counted from 0. */
export interface NodeGroup {
  owned(): readonly OwnedPartition[];
  epochOf(partition: number): number | undefined;
}

/** Partition p lives on node p mod nodes, and is number p ÷ nodes of that node's group. */
export function spreadOwnership(groups: readonly NodeGroup[]): PartitionOwnership {
  const count = groups.length;
  return {
    owned: () =>
      groups.flatMap((group, node) =>
        group.owned().map(({ partition, epoch }) => ({ partition: node + count * partition, epoch })),
      ),
    epochOf: (partition) => groups[partition % count]?.epochOf(Math.floor(partition / count)),
  };
}

/** How many partitions live on `node` of `nodeCount`. */
export const partitionsOfNode = (node: number, nodeCount: number): number =>
  ALL_PARTITIONS.filter((partition) => partition % nodeCount === node).length;
