/** @ordo/sharding: shard map, order number, node pools, SQL text, coalesced shard transactions, migrations' lock. */

export {
  applyMigrations,
  type MigrationOutcome,
  type MigrationProgress,
  type MigrationRun,
} from './migration/apply-migrations.js';
export { assertSchemasCurrent, type SchemaCheck } from './migration/assert-schemas-current.js';
export { MigrationAltered, MigrationFailed, MigrationInProgress, SchemasBehind } from './migration/migration.errors.js';
export type { SqlReader } from './migration/migration-record.repository.js';
export { type MigrationView, migrationStatus, type SchemaStatus } from './migration/migration-status.js';
export { type MigrationStep, planMigrations, planText, type SchemaPlan } from './migration/plan-migrations.js';
export type { MigrationClass, MigrationSet } from './migration/recorded-migration.js';
export {
  type Dimension,
  dimensions,
  type MigrationPlacement,
  nameSchemas,
  SCHEMA_PREFIX,
  type SchemaTarget,
} from './migration/schema-target.js';
export { JoinedReads } from './node-pool/joined-reads.js';
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
export {
  decodeOrderNumber,
  encodeOrderNumber,
  NUMBER_EPOCH_MS,
  type OrderNumberParts,
  secondOfMs,
  WORKER_COUNT,
} from './order-number/order-number.js';
export {
  BORROW_SECONDS,
  OrderNumberGenerator,
  type OrderNumberGeneratorOptions,
} from './order-number/order-number-generator.js';
export { AnchoredSeconds, type SecondSource } from './order-number/second-source.js';
export { lanePlacement, Placement, type PlacementList } from './placement/placement.js';
export {
  CONTROL_SCHEMA,
  isShard,
  LANE_COUNT,
  laneNode,
  laneOf,
  laneSchema,
  merchantSchema,
  NODE_SCHEMA,
  SHARD_COUNT,
  shardOf,
  userSchema,
} from './placement/shard.js';
export { dateTimeText, msOfDateTime } from './sql-text/date-time.js';
export { quote, quoteList, type SqlValue } from './sql-text/literal.js';
export type { TransactionsRecorder } from './transactions/batch-settler.js';
export { newChangeMark } from './transactions/change-mark.js';
export type { NodeWriterOptions } from './transactions/node-writer.js';
export { defaultWriterOptions, ShardTransactions } from './transactions/shard-transactions.js';
export {
  affectedRowsOf,
  type Decision,
  type Effects,
  type GroupedInsert,
  type ShardUnit,
} from './transactions/shard-unit.js';
