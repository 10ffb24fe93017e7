/** @ordo/assembly: what a sharded app is assembled from: its links, numbers, boot check, metrics, and the relay of its outbox. */
export { assertSchemas } from './boot/assert-schemas.js';
export { closeLinks, type Links, openLinks, outboxChannel, registerLinks } from './links/links.js';
export { ServiceMetrics } from './metrics/service-metrics.js';
export { CONTROL_NODE, LeasedNumbers } from './numbers/leased-numbers.js';
export {
  type Invalidation,
  OrderClient,
  type OrderClientOptions,
  type OrderPayment,
  type Tagging,
} from './order-client/order-client.js';
export { serviceToken } from './order-client/service-token.js';
export { RelayWorker, type RelayWorkerOptions } from './relay/relay-worker.js';
