/** @ordo/outbox: append inside a shard transaction; lanes; the relay that projects and publishes, to one cluster or two. */
export { type OutboxEntry, outboxInsert } from './append/outbox-entry.js';
export {
  BroadcastSwitchRepository,
  type SwitchPosition,
  type ThrownSwitch,
} from './clusters/broadcast-switch.repository.js';
export { Cluster, type ClusterSwitch, initialSwitch, SwitchState } from './clusters/broadcast-switch.state.js';
export { BroadcastSwitches, type BroadcastSwitchesOptions } from './clusters/broadcast-switches.js';
export {
  type OutboxDepth,
  OutboxRepository,
  type OutboxRow,
  OutboxState,
  OutboxTable,
} from './relay/outbox.repository.js';
export { Relay, type RelayOptions, type SecondCluster } from './relay/relay.js';
export { batchOf, groupByNode } from './relay/relay-batch.js';
export { defaultRelayOptions, type NodeRelayOptions, type ProjectionPlacement } from './relay/relay-options.js';
export type {
  EventPublisher,
  ParkReason,
  PublishOutcome,
  RelayedApp,
  RelayedEvent,
  RelayRecorder,
} from './relay/relay-ports.js';
