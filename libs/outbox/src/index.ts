/** @ordo/outbox: append inside a shard transaction; lanes; the relay that projects and publishes. */
export { type OutboxEntry, outboxInsert } from './append/outbox-entry.js';
export { defaultRelayOptions, type NodeRelayOptions, type ProjectionPlacement } from './relay/node-relay.js';
export { type OutboxDepth, OutboxRepository, type OutboxRow, OutboxState } from './relay/outbox.repository.js';
export { Relay } from './relay/relay.js';
export { batchOf, groupByNode } from './relay/relay-batch.js';
export type {
  EventPublisher,
  PublishOutcome,
  RelayedApp,
  RelayedEvent,
  RelayRecorder,
} from './relay/relay-ports.js';
