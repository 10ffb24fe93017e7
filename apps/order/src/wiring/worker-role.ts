/** The role that catches up: relays of all nodes, which project orders for their merchants and publish what happened. */

import { type Links, RelayWorker, type ServiceMetrics } from '@ordo/assembly';
import type { Logger, OrdoConfig } from '@ordo/platform';
import { NODE_SCHEMA } from '@ordo/sharding';
import { OrderCache } from '../change/order-cache.js';
import { type FeedBoard, OrderRelay } from '../relay/order-relay.js';

/** The name of the app in connections and channels. */
export const APP = 'order';

export function assembleWorker(
  links: Links,
  feeds: FeedBoard,
  config: OrdoConfig,
  metrics: ServiceMetrics,
  logger: Logger,
): RelayWorker {
  const { pools, placement, cache } = links;
  const app = new OrderRelay(pools, placement, new OrderCache(cache), feeds);
  const options = { name: APP, schema: NODE_SCHEMA, projections: placement, app };
  return new RelayWorker(links, config, options, metrics, logger);
}
