/** @ordo/broadcast: RabbitMQ topology, publisher, consumer SDK. Published for other teams. */

export { UnreadableEvent } from './cloud-event/cloud-event.errors.js';
export { cloudEventBody, type EventFacts } from './cloud-event/cloud-event.js';
export { parseCloudEvent } from './cloud-event/parse-cloud-event.js';
export { type BroadcastLogger, silentLogger } from './connection/broadcast-logger.js';
export type { ConsumerCounts, SettledOutcome } from './consumer/consumer-tally.js';
export { DeliveryHeader } from './consumer/delivery.js';
export type { FailureFacts } from './consumer/delivery.rules.js';
export { EventConsumer, type EventConsumerOptions, type ReceiptFacts } from './consumer/event-consumer.js';
export {
  countBacklogs,
  type DeadLetter,
  type DeadLetterFilter,
  lookAtDeadLetters,
  type QueueBacklog,
  type RedriveCounts,
  redriveDeadLetters,
} from './dead-letters/dead-letters.js';
export { type MysqlPool, type MysqlPoolConnection, mysqlTransactions } from './effects/mysql-transactions.js';
export {
  type RedisClient,
  RedisTransaction,
  type RedisTransactionsOptions,
  redisTransactions,
} from './effects/redis-transactions.js';
export type { Transactions } from './effects/transactions.js';
export { type QueueReading, QueueWatch, type QueueWatchOptions } from './guards/queue-watch.js';
export { byEvent } from './handling/by-event.js';
export type { DeliveryContext, EventEffects, EventHandler, EventHandlers } from './handling/event-handler.js';
export { type Gap, type InOrderOptions, inOrder } from './handling/in-order.js';
export { type OnceOptions, once } from './handling/once.js';
export { type InboxCase, type InboxHarness, type InboxTransaction, inboxContract } from './inbox/inbox.contract.js';
export type { Inbox, InboxConnection, OnceResult } from './inbox/inbox.js';
export { MysqlInbox } from './inbox/mysql-inbox.repository.js';
export { RedisInbox, type RedisInboxOptions } from './inbox/redis-inbox.js';
export { anEvent, type EventChanges } from './kit/an-event.js';
export {
  ConsumerKit,
  type ConsumerKitOptions,
  type Settled,
  type StormCounts,
  type StormOptions,
} from './kit/consumer-kit.js';
export { MemoryStore, type MemoryTransaction, type RecordedStatement } from './kit/memory-store.js';
export { MysqlPositions } from './positions/mysql-positions.repository.js';
export {
  type PositionsCase,
  type PositionsHarness,
  type PositionsTransaction,
  positionsContract,
} from './positions/positions.contract.js';
export type { Positions } from './positions/positions.js';
export { RedisPositions, type RedisPositionsOptions } from './positions/redis-positions.js';
export { BroadcastPublisher, type BroadcastPublisherOptions } from './publisher/broadcast-publisher.js';
export { countOutcomes, type OutcomeCounts, type OutgoingEvent, PublishOutcome } from './publisher/outgoing-event.js';
export type { ReplayFilter } from './replay/replay.rules.js';
export { eventsOfRecord, type ReplayCounts, type ReplayOptions, replayEvents } from './replay/replay-events.js';
export { StreamConsumer, type StreamConsumerOptions, type StreamContext } from './replay/stream-consumer.js';
export type { StreamEntry, StreamStart } from './replay/stream-reading.js';
export { type ApplyTopologyOptions, applyTopology, withdrawQueues } from './topology/apply-topology.js';
export { type Declared, declarationsOf } from './topology/declaration.js';
export { isHeard } from './topology/heard.rules.js';
export { type Finding, type Inspection, inspectTopology, type Standing } from './topology/inspect-topology.js';
export {
  assembleTopology,
  type LoadTopologyOptions,
  loadTopology,
  topologyDirectory,
} from './topology/load-topology.js';
export { MAX_PREFETCH, prefetchFor } from './topology/prefetch.rules.js';
export {
  deadLetterQueueOf,
  delayOfQueue,
  delayQueueOf,
  RETRY_DELAYS_SECONDS,
  type RetryDelaySeconds,
  retryQueueOf,
  streamOf,
} from './topology/queue-plan.rules.js';
export { spaced } from './topology/space.rules.js';
export { ForeignEnvironment, InvalidTopology, TopologyMismatch } from './topology/topology.errors.js';
export {
  type ConsumerLoad,
  DeadLettering,
  LossTolerance,
  OverflowPolicy,
  type QueueBinding,
  type QueueDefinition,
  type StreamDefinition,
  type Topology,
} from './topology/topology.js';
export type { KnownEvents } from './topology/topology-file.rules.js';
export type { TopologyFile } from './topology/topology-file-schema.js';
export { currentTraceParent } from './trace/trace-context.js';
