/**
 * Puts the process together and takes it apart. Starting: configuration, checks, roles, and the ports last, so that whoever can connect
 * is served. Stopping: the fronts finish what they accepted, then the batches, then the relay, and the links at the very end.
 */

import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  createHttpApp,
  GracefulStop,
  HealthRegistry,
  JsonLogger,
  type Logger,
  loadConfig,
  Metrics,
  type OrdoConfig,
  ordoVariables,
  StopStage,
  TokenVerifier,
} from '@ordo/platform';
import { grpcOptions } from '../grpc/grpc-server.js';
import { OrderModule } from '../order.module.js';
import { serveSpecification } from '../rest/specification.js';
import { type ApiRole, assembleApi } from './api-role.js';
import { assertBootable } from './boot-check.js';
import { closeLinks, openLinks, registerLinks } from './links.js';
import { OrderMetrics } from './order-metrics.js';
import { WorkerRole } from './worker-role.js';

const ANY_ADDRESS = '0.0.0.0';

interface Process {
  readonly config: OrdoConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
  readonly stop: GracefulStop;
}

/** Runs the order app in the roles that the environment names. Ends the process with code 1 when it must not start. */
export async function startOrder(environment: NodeJS.ProcessEnv): Promise<void> {
  const config = loadConfig(ordoVariables, environment);
  const logger = JsonLogger.create({ level: config.logLevel, service: `order-${[...config.roles].join('-')}` });
  let hasStarted = true;
  const stop = new GracefulStop({
    logger,
    exit: (code) => {
      logger.flush();
      process.exit(hasStarted ? code : 1);
    },
  });
  stop.listen();
  const health = new HealthRegistry();
  stop.add(StopStage.ANNOUNCE, 'readiness', () => health.announceStop());
  try {
    await startRoles({ config, logger, metrics: new Metrics(), health, stop });
  } catch (error) {
    hasStarted = false;
    logger.error('the order app does not start', { error });
    await stop.stop('it could not start');
  }
}

async function startRoles(running: Process): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  const links = openLinks(config, logger, metrics);
  stop.add(StopStage.LINKS, 'links', () => closeLinks(links));
  await assertBootable(links, logger);
  registerLinks(links, health);
  const orderMetrics = new OrderMetrics(metrics, logger);
  const worker = config.roles.has('worker') ? new WorkerRole(links, config, orderMetrics, logger) : undefined;
  const api = config.roles.has('api')
    ? assembleApi(links, orderMetrics, logger, {
        businessTimeZone: config.businessTimeZone,
        onCommitted: (node) => worker?.nudge(node),
      })
    : undefined;
  if (api !== undefined) await startApi(api, running);
  if (worker !== undefined) {
    worker.registerHealth(health);
    stop.add(StopStage.WORK, 'relay', () => worker.stop());
    await worker.start();
  }
  await startFront(api, running);
}

async function startApi(api: ApiRole, { health, stop }: Process): Promise<void> {
  health.register({
    ...{ name: 'worker-id', kind: 'lease', importance: 'required' },
    probe: () => api.numbers.probe(),
  });
  // Work steps run in the order in which they were added: batches first, then the relay, which still carries what they committed.
  stop.add(StopStage.WORK, 'transactions', () => api.transactions.drain());
  stop.add(StopStage.WORK, 'worker lease', () => api.numbers.stop());
  await api.numbers.start();
}

async function startFront(api: ApiRole | undefined, { config, logger, metrics, health, stop }: Process): Promise<void> {
  const { authKeys, authIssuer, authAudience, environment } = config;
  const verifier = await TokenVerifier.create({
    ...{ keys: authKeys, issuer: authIssuer, audience: authAudience, environment },
  });
  const app = await createHttpApp(OrderModule.forRole(api?.operations), { logger, metrics, health, verifier });
  stop.add(StopStage.FRONT, 'servers', () => app.close());
  if (api !== undefined) await openApi(app, config, metrics);
  await app.listen(config.httpPort, ANY_ADDRESS);
  logger.info('serving', {
    roles: [...config.roles],
    httpPort: config.httpPort,
    ...(api === undefined ? {} : { grpcPort: config.grpcPort }),
  });
}

async function openApi(app: NestFastifyApplication, config: OrdoConfig, metrics: Metrics): Promise<void> {
  serveSpecification(app, app.getHttpAdapter().getInstance());
  app.connectMicroservice(grpcOptions(config.grpcPort, metrics), { inheritAppConfig: true });
  await app.startAllMicroservices();
}
