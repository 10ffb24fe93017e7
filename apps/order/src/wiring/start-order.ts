/**
 * Puts the process together. Starting: links, checks, roles, and the ports last, so that whoever can connect is served. Stopping: the
 * fronts finish what they accepted, then the batches, then the relay, and the links at the very end.
 */

import { closeLinks, openLinks, registerLinks, ServiceMetrics } from '@ordo/assembly';
import { ORDER_PROTO_PACKAGE, protoPath } from '@ordo/contracts';
import { type AppProcess, type OrdoConfig, openFront, ordoVariables, runApp, StopStage } from '@ordo/platform';
import { OrderModule } from '../order.module.js';
import { orderSpecification } from '../rest/specification.js';
import { type ApiRole, assembleApi } from './api-role.js';
import { assertBootable } from './boot-check.js';
import { APP, assembleWorker } from './worker-role.js';

export const startOrder = (environment: NodeJS.ProcessEnv): Promise<void> =>
  runApp({ name: APP, variables: ordoVariables, start: startRoles }, environment);

async function startRoles(running: AppProcess<OrdoConfig>): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  const links = openLinks(config, logger, metrics);
  stop.add(StopStage.LINKS, 'links', () => closeLinks(links));
  await assertBootable(links, logger);
  registerLinks(links, health);
  const serviceMetrics = new ServiceMetrics(metrics, logger);
  const worker = config.roles.has('worker') ? assembleWorker(links, config, serviceMetrics, logger) : undefined;
  const api = config.roles.has('api')
    ? assembleApi(links, serviceMetrics, logger, {
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
  await openFront(running, {
    module: OrderModule.forRole(api?.operations),
    ...(api === undefined
      ? {}
      : { api: { grpc: { package: ORDER_PROTO_PACKAGE, protoPath: protoPath() }, specification: orderSpecification } }),
  });
}

async function startApi(api: ApiRole, { health, stop }: AppProcess<OrdoConfig>): Promise<void> {
  health.register({
    ...{ name: 'worker-id', kind: 'lease', importance: 'required' },
    probe: () => api.numbers.probe(),
  });
  // Work steps run in the order in which they were added: batches first, then the relay, which still carries what they committed.
  stop.add(StopStage.WORK, 'transactions', () => api.transactions.drain());
  stop.add(StopStage.WORK, 'worker lease', () => api.numbers.stop());
  await api.numbers.start();
}
