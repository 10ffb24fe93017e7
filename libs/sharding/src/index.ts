/** @ordo/sharding: shard map, order number, worker leases, node pools, SQL text, coalesced shard transactions, migrations' lock. */
export {
  CONTROL_SCHEMA,
  isShard,
  LANE_COUNT,
  laneOf,
  merchantSchema,
  NODE_SCHEMA,
  SHARD_COUNT,
  shardOf,
  userSchema,
} from './placement/shard.js';
export { Placement, type PlacementList } from './placement/placement.js';
export {
  isConnectionLoss,
  isDeadlock,
  isDuplicateKey,
  isReadOnly,
  isStatementTimeout,
  NODE_UNAVAILABLE,
  nodeUnavailable,
  toOrdoError,
} from './node-pool/mysql.errors.js';
export type { CallOptions, NodeConnection, NodePool, NodePoolStats } from './node-pool/node-pool.js';
export { NodePools, type NodePoolsOptions } from './node-pool/node-pools.js';
export { dateTimeText, msOfDateTime } from './sql-text/date-time.js';
export { quote, quoteList, type SqlValue } from './sql-text/literal.js';
