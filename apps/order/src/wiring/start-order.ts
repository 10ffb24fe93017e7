/**
 * Puts the process together. Starting: links, checks, roles, and the ports last, so that whoever can connect is served. Stopping: the
 * fronts finish what they accepted, then the batches, then the relay, and the links at the very end.
 */

import {
  closeLinks,
  type Links,
  openLinks,
  outboxChannel,
  type RelayWorker,
  registerLinks,
  ServiceMetrics,
} from '@ordo/assembly';
import { VersionBoard } from '@ordo/cache';
import { ORDER_PROTO_PACKAGE, protoPath } from '@ordo/contracts';
import { type AppProcess, type Logger, openFront, runApp, StopStage, TimerMetrics } from '@ordo/platform';
import { RedisWheel } from '@ordo/timers';
import { ORDER_DEADLINE_QUEUE } from '../deadlines/deadline.rules.js';
import { DeadlineIndexer } from '../deadlines/deadline-indexer.js';
import { FeedMetrics } from '../merchant-feed/feed-metrics.js';
import { type OrderFront, OrderModule } from '../order.module.js';
import { ReadLimits } from '../reading/read-limits.js';
import { orderSpecification } from '../rest/specification.js';
import { answerUnchangedPolls } from '../rest/unchanged-polls.js';
import { type ApiRole, assembleApi } from './api-role.js';
import { assertBootable } from './boot-check.js';
import { DeadlineRole } from './deadline-role.js';
import { FeedRole } from './feed-role.js';
import { assertDeadlineFloor, type OrderConfig, orderVariables } from './order-config.js';
import { SettlementRole } from './settlement-role.js';
import { APP, assembleWorker } from './worker-role.js';

export const startOrder = (environment: NodeJS.ProcessEnv): Promise<void> =>
  runApp({ name: APP, variables: orderVariables, start: startRoles }, environment);

async function startRoles(running: AppProcess<OrderConfig>): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  assertDeadlineFloor(config);
  const links = openLinks(config, logger, metrics);
  stop.add(StopStage.LINKS, 'links', () => closeLinks(links));
  await assertBootable(links, logger);
  registerLinks(links, health);
  const serviceMetrics = new ServiceMetrics(metrics, logger);
  const wheel = new RedisWheel(links.timersRedis, ORDER_DEADLINE_QUEUE);
  const indexer = openIndexer(wheel, logger);
  const board = openBoard(running);
  const worker = config.roles.has('worker') ? assembleWorker(links, board, config, serviceMetrics, logger) : undefined;
  const limits = new ReadLimits(config.serviceReadsPerMinute);
  const onCommitted = (node: string): void => {
    // The relay of this very process hears of it before any other.
    worker?.nudge(node);
    links.nudge.publish(outboxChannel(APP, node));
  };
  const api = config.roles.has('api')
    ? assembleApi(links, serviceMetrics, logger, { ...config, limits, onCommitted, sink: indexer })
    : undefined;
  if (api !== undefined) await startApi(api, running);
  const reads = api === undefined ? undefined : startReads(links, board, limits, running);
  if (worker !== undefined) {
    const deadlines = new DeadlineRole({
      ...{ links, wheel, sink: indexer, recorder: new TimerMetrics(metrics, logger), logger },
      transactions: serviceMetrics.transactions(onCommitted),
    });
    await startWorker(worker, deadlines, running);
  }
  stop.add(StopStage.WORK, 'deadline index', () => indexer.flush());
  await openFront(running, {
    module: OrderModule.forRole(api && reads && { orders: api.operations, ...reads }),
    ...(reads && { routes: (instance, verifier) => answerUnchangedPolls(instance, verifier, reads.feed) }),
    ...(api === undefined
      ? {}
      : { api: { grpc: { package: ORDER_PROTO_PACKAGE, protoPath: protoPath() }, specification: orderSpecification } }),
  });
}

/** Versions of feeds are raised by the relay and read by callers; a process of both roles has them once. */
function openBoard({ config, metrics, stop }: AppProcess<OrderConfig>): VersionBoard {
  const board = new VersionBoard(config.redisCacheUrl, {
    ...{ name: 'feed', raises: config.roles.has('worker'), counter: metrics },
    keyPrefix: config.space === '' ? '' : `${config.space}:`,
  });
  stop.add(StopStage.LINKS, 'feed versions', () => board.close());
  return board;
}

/** What answers many: the feed, and exports on connections of their own. */
function startReads(
  links: Links,
  board: VersionBoard,
  limits: ReadLimits,
  { config, logger, metrics, stop }: AppProcess<OrderConfig>,
): Pick<OrderFront, 'feed' | 'settlement'> {
  const feed = new FeedRole({
    ...{ links, board, limits, logger, metrics: new FeedMetrics(metrics), mostStreams: config.feedStreams },
  });
  stop.add(StopStage.ANNOUNCE, 'feed streams', () => feed.stop());
  const settlement = new SettlementRole(config.mysqlNodes, links.placement, metrics);
  stop.add(StopStage.LINKS, 'settlement', () => settlement.close());
  return { feed: feed.operations, settlement: settlement.operations };
}

function openIndexer(wheel: RedisWheel, logger: Logger): DeadlineIndexer {
  return new DeadlineIndexer(wheel, {
    onFailed: (orders, error) => logger.warn('deadlines are not in the index; they are found later', { orders, error }),
    onDropped: (orders) => logger.warn('deadlines were too many for the index; they are found later', { orders }),
  });
}

/** Deadlines end before the relay does, which still carries what they committed. */
async function startWorker(
  worker: RelayWorker,
  deadlines: DeadlineRole,
  { health, stop }: AppProcess<OrderConfig>,
): Promise<void> {
  worker.registerHealth(health);
  stop.add(StopStage.WORK, 'deadlines', () => deadlines.stop());
  stop.add(StopStage.WORK, 'relay', () => worker.stop());
  deadlines.start();
  await worker.start();
}

async function startApi(api: ApiRole, { health, stop }: AppProcess<OrderConfig>): Promise<void> {
  health.register({
    ...{ name: 'worker-id', kind: 'lease', importance: 'required' },
    probe: () => api.numbers.probe(),
  });
  // Work steps run in the order in which they were added: batches first, then the relay, which still carries what they committed.
  stop.add(StopStage.WORK, 'transactions', () => api.transactions.drain());
  stop.add(StopStage.WORK, 'worker lease', () => api.numbers.stop());
  await api.numbers.start();
}
