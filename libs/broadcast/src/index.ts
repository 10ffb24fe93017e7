/** @ordo/broadcast: RabbitMQ topology, publisher, consumer SDK. Published for other teams. */
export { type BroadcastLogger, silentLogger } from './connection/broadcast-logger.js';
export { BroadcastPublisher, type BroadcastPublisherOptions } from './publisher/broadcast-publisher.js';
export { countOutcomes, type OutcomeCounts, type OutgoingEvent, PublishOutcome } from './publisher/outgoing-event.js';
