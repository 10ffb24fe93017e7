/**
 * An owner that never lets go: what was ever its own it goes on working at, under the last epoch that it had there. It stands for every
 * reason why a process may believe in a lease that it has not got any more; a correct one is never in that state for longer than an
 * instruction.
 */
import { PartitionGroup, processIdentity } from '@ordo/coordination';
import type { NodePool } from '@ordo/sharding';
import { type OwnedPartition, type PartitionOwnership, partitionsOfNode, spreadOwnership } from '@ordo/timers';
import type { NodeSettings } from './node-messages.js';

export function stubbornOwnership(
  pools: readonly NodePool[],
  { group, memberId = processIdentity() }: NodeSettings,
): PartitionOwnership {
  const groups = pools.map((pool, node) => {
    return new PartitionGroup({ pool, group, memberId, partitions: partitionsOfNode(node, pools.length) });
  });
  for (const each of groups) each.start();
  const leased = spreadOwnership(groups);
  const believed = new Map<number, OwnedPartition>();
  const owned = (): readonly OwnedPartition[] => {
    for (const each of leased.owned()) believed.set(each.partition, each);
    return [...believed.values()];
  };
  return {
    owned,
    epochOf: (partition) => owned().find((each) => each.partition === partition)?.epoch,
  };
}
