/** @ordo/assembly: what a sharded app is assembled from: its links, numbers, boot check, metrics, and the relay of its outbox. */
export { assertSchemas } from './boot/assert-schemas.js';
export { closeLinks, type Links, openLinks, outboxChannel, registerLinks } from './links/links.js';
export { ServiceMetrics } from './metrics/service-metrics.js';
export { CONTROL_NODE, LeasedNumbers } from './numbers/leased-numbers.js';
export { RelayWorker, type RelayWorkerOptions } from './relay/relay-worker.js';
