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

/** What {@link placedOwnership} needs of a group: the partitions of one node, counted from 0. */
export interface NodeGroup {
  owned(): readonly OwnedPartition[];
  epochOf(partition: number): number | undefined;
}

/** The group of one node, and the partitions that live there: its member i is `partitions[i]`. */
export interface PlacedGroup {
  readonly group: NodeGroup;
  readonly partitions: readonly number[];
}

/** For a queue whose partitions lie where its rows do: the leases of each node's partitions are a group of that node. */
export function placedOwnership(placed: readonly PlacedGroup[]): PartitionOwnership {
  const places = new Map(
    placed.flatMap(({ group, partitions }) =>
      partitions.map((partition, member) => [partition, { group, member }] as const),
    ),
  );
  return {
    owned: () =>
      placed.flatMap(({ group, partitions }) =>
        group.owned().flatMap(({ partition: member, epoch }) => {
          const partition = partitions[member];
          return partition === undefined ? [] : [{ partition, epoch }];
        }),
      ),
    epochOf: (partition) => {
      const place = places.get(partition);
      return place?.group.epochOf(place.member);
    },
  };
}

/** Partition p lives on node p mod nodes, and is number p ÷ nodes of that node's group. */
export const spreadOwnership = (groups: readonly NodeGroup[]): PartitionOwnership =>
  placedOwnership(groups.map((group, node) => ({ group, partitions: spreadPartitions(node, groups.length) })));

/** How many partitions live on `node` of `nodeCount`. */
export const partitionsOfNode = (node: number, nodeCount: number): number => spreadPartitions(node, nodeCount).length;

/** The partitions that live on `node` of `nodeCount`. */
export const spreadPartitions = (node: number, nodeCount: number): readonly number[] =>
  ALL_PARTITIONS.filter((partition) => partition % nodeCount === node);
