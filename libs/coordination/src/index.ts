/** @ordo/coordination: leases by the database's clock, membership, an elected master, partitions with one owner each. */
export { assign, rankOf } from './assignment/rendezvous.js';
export { isDeadHere, processIdentity } from './identity/process-identity.js';
export type { HoldingsChange } from './lease/holdings.js';
export { isFenced } from './lease/lease.errors.js';
export { Lease, type LeaseOptions } from './lease/lease.js';
export type { Held } from './lease/lease-statements.js';
export {
  type GroupMember,
  type GroupRecorder,
  PartitionGroup,
  type PartitionGroupOptions,
} from './partition-group/partition-group.js';
export { type Roster, type RosterEntry, rosterOf } from './partition-group/roster.js';
export { WorkerLease, type WorkerLeaseOptions } from './worker-lease/worker-lease.js';
