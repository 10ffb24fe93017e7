/** @ordo/coordination: leases by the database's clock, membership, an elected master, partitions with one owner each. */
export { assign, rankOf } from './assignment/rendezvous.js';
export type { Held, HoldingsChange } from './lease/holdings.js';
export { isFenced } from './lease/lease.errors.js';
export {
  type GroupMember,
  type GroupRecorder,
  PartitionGroup,
  type PartitionGroupOptions,
} from './partition-group/partition-group.js';
