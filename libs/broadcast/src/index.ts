/** @ordo/broadcast: RabbitMQ topology, publisher, consumer SDK. Published for other teams. */

export { UnreadableEvent } from './cloud-event/cloud-event.errors.js';
export { cloudEventBody, type EventFacts } from './cloud-event/cloud-event.js';
export { parseCloudEvent } from './cloud-event/parse-cloud-event.js';
export { type BroadcastLogger, silentLogger } from './connection/broadcast-logger.js';
export type { ConsumerCounts, SettledOutcome } from './consumer/consumer-tally.js';
export { DeliveryHeader } from './consumer/delivery.js';
export {
  type DeliveryContext,
  EventConsumer,
  type EventConsumerOptions,
  type EventHandler,
} from './consumer/event-consumer.js';
export { type InboxCase, type InboxHarness, type InboxTransaction, inboxContract } from './inbox/inbox.contract.js';
export type { Inbox, InboxConnection, OnceResult } from './inbox/inbox.js';
export { MysqlInbox } from './inbox/mysql-inbox.repository.js';
export { BroadcastPublisher, type BroadcastPublisherOptions } from './publisher/broadcast-publisher.js';
export { countOutcomes, type OutcomeCounts, type OutgoingEvent, PublishOutcome } from './publisher/outgoing-event.js';
export { applyTopology, withdrawQueues } from './topology/apply-topology.js';
export { assembleTopology, loadTopology, topologyDirectory } from './topology/load-topology.js';
export {
  deadLetterQueueOf,
  RETRY_DELAYS_SECONDS,
  type RetryDelaySeconds,
  retryQueueOf,
} from './topology/queue-plan.rules.js';
export { InvalidTopology, TopologyMismatch } from './topology/topology.errors.js';
export {
  DeadLettering,
  OverflowPolicy,
  type QueueBinding,
  type QueueDefinition,
  type Topology,
} from './topology/topology.js';
export type { KnownEvents, TopologyFile } from './topology/topology-file.rules.js';
