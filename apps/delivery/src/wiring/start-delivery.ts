/**
 * Puts the process together. Starting: links, checks, roles, and the ports last, so that whoever can connect is served. Stopping: the
 * fronts finish what they accepted, then the work, and the links at the very end.
 */
import {
  assertSchemas,
  closeLinks,
  type Links,
  openLinks,
  RelayWorker,
  registerLinks,
  ServiceMetrics,
} from '@ordo/assembly';
import { EventConsumer, spaced } from '@ordo/broadcast';
import { DELIVERY_PROTO_PACKAGE, deliveryProtoPath } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { migrations } from '@ordo/migrations';
import { type AppProcess, openFront, runApp, StopStage } from '@ordo/platform';
import { NonceSweeper } from '../callbacks/nonce-sweeper.js';
import { DeliveryModule } from '../delivery.module.js';
import { HAND_OFF_QUEUE, orderEventsHandler } from '../hand-off/order-events.consumer.js';
import { lateTierTables } from '../punctuality-rules/late-tiers.js';
import { lateTierFaults } from '../punctuality-rules/lateness.rules.js';
import { DeliveryRelay } from '../relay/delivery-relay.js';
import { deliverySpecification } from '../rest/specification.js';
import { DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';
import { assertWaybillTablesSound } from '../waybill-life/soundness.rules.js';
import { APP, assembleDeliveries, type DeliveryParts } from './delivery-parts.js';
import { type DeliveryConfig, deliveryVariables } from './delivery-variables.js';
import { PromiseParts } from './promise-parts.js';

/** A hand-off waits for the order app once and for one commit: in a peak second a worker has some twenty of them under way. */
const PREFETCH = 64;

export const startDelivery = (environment: NodeJS.ProcessEnv): Promise<void> =>
  runApp({ name: APP, variables: deliveryVariables, start: startRoles }, environment);

async function startRoles(running: AppProcess<DeliveryConfig>): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  assertBootable();
  const links = openLinks(config, logger, metrics);
  stop.add(StopStage.LINKS, 'links', () => closeLinks(links));
  const { delivery, delivery_node, delivery_control, control } = migrations;
  await assertSchemas(links, { delivery, delivery_node, delivery_control, control }, logger);
  registerLinks(links, health);
  const serviceMetrics = new ServiceMetrics(metrics, logger);
  const relay = config.roles.has('worker') ? relayOf(running, links, serviceMetrics) : undefined;
  const parts = assembleDeliveries({
    ...{ config, links, metrics, serviceMetrics, logger },
    onCommitted: (node) => relay?.nudge(node),
  });
  const promises = await startPromises(running, new PromiseParts(config, links, metrics, logger));
  await startDeliveries(running, parts);
  if (relay !== undefined) await startWorker(running, links, parts, relay);
  const { deliveries, carriers, disputes, contracts, waybills } = parts;
  const isApi = config.roles.has('api');
  const ofOrders = { deliveries, carriers, disputes, contracts, waybills };
  const desks = isApi ? { promises: promises.promiseDesk(), lanes: promises.laneDesk(), ...ofOrders } : undefined;
  const grpc = { package: DELIVERY_PROTO_PACKAGE, protoPath: deliveryProtoPath() };
  await openFront(running, {
    module: DeliveryModule.forRole(desks),
    ...(isApi ? { api: { grpc, specification: deliverySpecification } } : {}),
  });
}

function assertBootable(): void {
  assertWaybillTablesSound();
  const faults = lateTierFaults(lateTierTables);
  invariant(faults.length === 0, `the late tiers are not sound: ${faults.join('; ')}`, { faults });
}

async function startPromises(
  { config, health, stop }: AppProcess<DeliveryConfig>,
  parts: PromiseParts,
): Promise<PromiseParts> {
  stop.add(StopStage.LINKS, 'promise rooms', async () => parts.close());
  parts.registerHealth(health);
  await parts.watch.start();
  stop.add(StopStage.WORK, 'promise switch', () => parts.watch.stop());
  if (config.roles.has('worker')) {
    const keeper = parts.keeper();
    keeper.start();
    stop.add(StopStage.WORK, 'promise keeper', () => keeper.stop());
  }
  return parts;
}

/** Work steps run in the order in which they were added: timers and batches first, then the relay, which still carries what they committed. */
async function startDeliveries({ health, stop }: AppProcess<DeliveryConfig>, parts: DeliveryParts): Promise<void> {
  health.register({
    ...{ name: 'worker-id', kind: 'lease', importance: 'required' },
    probe: () => parts.numbers.probe(),
  });
  stop.add(StopStage.WORK, 'timers', () => parts.runtime.stop());
  stop.add(StopStage.WORK, 'transactions', () => parts.transactions.drain());
  stop.add(StopStage.WORK, 'worker lease', () => parts.numbers.stop());
  stop.add(StopStage.LINKS, 'order client', async () => parts.orders.close());
  await parts.numbers.start();
  parts.runtime.start();
}

const relayOf = ({ config, logger }: AppProcess<DeliveryConfig>, links: Links, metrics: ServiceMetrics): RelayWorker =>
  new RelayWorker(
    links,
    config,
    {
      ...{ name: APP, schema: DELIVERY_NODE_SCHEMA, app: new DeliveryRelay() },
      // One dimension: what the outbox calls a merchant shard is the user shard again.
      projections: {
        merchantNode: (shard) => links.placement.userNode(shard),
        merchantShardsOf: (node) => links.placement.userShardsOf(node),
      },
    },
    metrics,
    logger,
  );

async function startWorker(
  { config, logger, metrics, health, stop }: AppProcess<DeliveryConfig>,
  links: Links,
  parts: DeliveryParts,
  relay: RelayWorker,
): Promise<void> {
  const consumer = new EventConsumer({
    ...{ url: config.amqpUrl, queue: spaced(config.space, HAND_OFF_QUEUE), prefetch: PREFETCH },
    handler: orderEventsHandler(parts.handOffs, parts.ends, parts.orderReceipts),
    onSettled: (outcome, elapsedMs) => metrics.consumed(HAND_OFF_QUEUE, outcome, elapsedMs),
    logger: {
      info: (facts, message) => logger.info(message, { ...facts }),
      warn: (facts, message) => logger.warn(message, { ...facts }),
      error: (facts, message) => logger.error(message, { ...facts }),
    },
  });
  const sweeper = new NonceSweeper(links.pools, (error) => logger.warn('nonces were not swept', { error }));
  relay.registerHealth(health);
  // First to stop taking, last to stop telling.
  stop.add(StopStage.FRONT, 'order events', () => consumer.stop());
  stop.add(StopStage.WORK, 'nonces', () => sweeper.stop());
  stop.add(StopStage.WORK, 'relay', () => relay.stop());
  await relay.start();
  sweeper.start();
  await consumer.start();
}
