/**
 * Puts the process together. Starting: links, checks, numbers, roles, and the ports last, so that whoever can connect is served. Stopping: the
 * fronts finish what they accepted, then what listens and fires, then the batches, then the relay, and the links at the very end.
 */
import {
  assertSchemas,
  CONTROL_NODE,
  closeLinks,
  LeasedNumbers,
  type Links,
  OrderClient,
  openLinks,
  outboxChannel,
  RelayWorker,
  registerLinks,
  ServiceMetrics,
} from '@ordo/assembly';
import { AFTERSALE_PROTO_PACKAGE, aftersaleProtoPath } from '@ordo/contracts';
import { systemClock } from '@ordo/kernel';
import { migrations } from '@ordo/migrations';
import { type AppProcess, CallQuota, openFront, runApp, StopStage } from '@ordo/platform';
import { lanePlacement, ShardTransactions } from '@ordo/sharding';
import { AftersaleModule, type AftersaleOperations } from '../aftersale.module.js';
import { orderEvents } from '../automatic/order-events.consumer.js';
import { CancelOrderHandler } from '../cancellation/cancel-order-handler.js';
import { AFTERSALE_NODE_SCHEMA } from '../change/aftersale-address.js';
import { latenessEvents } from '../compensation/lateness-events.consumer.js';
import { PayerCallbacks } from '../compensation/payer-callbacks.js';
import { CompensationOperations } from '../operations/compensation-operations.js';
import { LedgerOperations } from '../operations/ledger-operations.js';
import { RefundOperations } from '../operations/refund-operations.js';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import { RefundLists } from '../reading/refund-lists.js';
import { ReconcileDay } from '../reconciliation/reconcile-day.js';
import { assertRefundTableSound } from '../refund/soundness.rules.js';
import { ChannelCallbacks } from '../refund-ledger/channel-callbacks.js';
import { RefundRelay } from '../relay/refund-relay.js';
import { aftersaleSpecification } from '../rest/specification.js';
import { NoncePurge } from '../transfer/nonce-purge.js';
import { type AftersaleConfig, aftersaleVariables } from './aftersale-config.js';
import { type AftersaleCore, assembleCore } from './aftersale-core.js';
import { openTimers } from './aftersale-timers.js';
import { addCallbackRoutes, type CallbackReceivers } from './callback-route.js';
import { openChannels, openPayer } from './open-channels.js';

/** The name of the app in logs, connections and channels. */
const APP = 'aftersale';

/**
 * A checkout waits for no event of a refund: under load a second of them goes out in one pass, as timers come due by the second, which
 * spares both databases a projection, a deletion and two fsyncs for each. The first after a quiet moment leaves at once.
 */
const RELAY_PACE = { spacingMs: 1_000, pollMs: 500 };

type Running = AppProcess<AftersaleConfig>;

export const startAftersale = (environment: NodeJS.ProcessEnv): Promise<void> =>
  runApp({ name: APP, variables: aftersaleVariables, start }, environment);

async function start(running: Running): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  assertRefundTableSound();
  const links = openLinks(config, logger, metrics);
  stop.add(StopStage.LINKS, 'links', () => closeLinks(links));
  const { aftersale, aftersale_node, control } = migrations;
  await assertSchemas(links, { aftersale, aftersale_node, control }, logger);
  registerLinks(links, health);
  const serviceMetrics = new ServiceMetrics(metrics, logger);
  const relay = config.roles.has('worker') ? relayOf(running, links, serviceMetrics) : undefined;
  const transactions = new ShardTransactions(
    links.pools,
    serviceMetrics.transactions((node) => {
      relay?.nudge(node);
      links.nudge.publish(outboxChannel(APP, node));
    }),
  );
  const orders = new OrderClient({ address: config.orderAddress, token: config.serviceToken });
  stop.add(StopStage.LINKS, 'order client', () => orders.close());
  const numbers = await startNumbers(running, links);
  const [channels, payer] = [openChannels(config, logger), openPayer(config, logger)];
  const timeZone = config.businessTimeZone;
  const core = assembleCore({ links, transactions, numbers, channels, orders, logger, timeZone });
  const timers = openTimers(links, config, metrics, { core, channels, payer, orders, logger });
  if (config.roles.has('worker')) await startListening(running, links, core);
  stop.add(StopStage.WORK, 'timers', () => timers.stop());
  stop.add(StopStage.WORK, 'transactions', () => transactions.drain());
  if (relay !== undefined) {
    relay.registerHealth(health);
    stop.add(StopStage.WORK, 'relay', () => relay.stop());
    await relay.start();
  }
  timers.start();
  const receivers = {
    channels: new ChannelCallbacks(channels, core.book, logger),
    payer: new PayerCallbacks(payer, core.compensations),
  };
  await serve(running, core, { orders, channels, receivers });
}

function relayOf({ config, logger }: Running, links: Links, metrics: ServiceMetrics): RelayWorker {
  const { pools } = links;
  const projections = lanePlacement(pools.all.length);
  const app = new RefundRelay(pools);
  return new RelayWorker(
    links,
    config,
    { name: APP, schema: AFTERSALE_NODE_SCHEMA, projections, app, pace: RELAY_PACE },
    metrics,
    logger,
  );
}

/** Both roles number refunds: the API those that are asked for, the worker those that begin by themselves. */
async function startNumbers({ config, logger, health, stop }: Running, links: Links): Promise<LeasedNumbers> {
  const numbers = new LeasedNumbers(links.pools.at(CONTROL_NODE), logger);
  health.register({
    ...{ name: 'worker-id', kind: 'lease', importance: config.roles.has('api') ? 'required' : 'optional' },
    probe: () => numbers.probe(),
  });
  stop.add(StopStage.LINKS, 'worker lease', () => numbers.stop());
  await numbers.start();
  return numbers;
}

/** What a worker does besides its timers: it listens, and forgets what nobody can repeat. */
async function startListening({ config, logger, stop }: Running, links: Links, core: AftersaleCore): Promise<void> {
  const { placement, knot, compensations: book } = core;
  const { pools } = links;
  const consumers = [
    orderEvents({ config, placement, timers: () => knot.timers, logger }),
    latenessEvents({ config, book, logger }),
  ];
  const purge = new NoncePurge(pools, placement.all, logger);
  stop.add(StopStage.WORK, 'events', async () => void (await Promise.all(consumers.map((each) => each.stop()))));
  stop.add(StopStage.WORK, 'purge of nonces', () => purge.stop());
  purge.start();
  for (const consumer of consumers) await consumer.start();
}

interface FrontParts {
  readonly orders: OrderClient;
  readonly channels: PaymentChannels;
  readonly receivers: CallbackReceivers;
}

async function serve(running: Running, core: AftersaleCore, parts: FrontParts): Promise<void> {
  const { config, logger } = running;
  if (!config.roles.has('api')) return openFront(running, { module: AftersaleModule.forRole(undefined) });
  await openFront(running, {
    module: AftersaleModule.forRole(operationsOf(running, core, parts)),
    api: {
      grpc: { package: AFTERSALE_PROTO_PACKAGE, protoPath: aftersaleProtoPath() },
      specification: aftersaleSpecification,
    },
    routes: (instance) => addCallbackRoutes(instance, parts.receivers, logger),
  });
}

function operationsOf(
  { config, logger }: Running,
  { source, applications, decisions, reads, book, compensations }: AftersaleCore,
  { orders, channels }: FrontParts,
): AftersaleOperations {
  const quota = new CallQuota({ boundPerMinute: config.boundPerMinute, servicePerMinute: config.servicePerMinute });
  const cancellations = new CancelOrderHandler(source, orders, applications, systemClock);
  const lists = new RefundLists(reads, source, book);
  return {
    refunds: new RefundOperations(applications, decisions, cancellations, lists, quota),
    ledger: new LedgerOperations(reads, book, compensations, new ReconcileDay(channels, book), quota, logger),
    compensations: new CompensationOperations(source, compensations, quota, systemClock),
  };
}
