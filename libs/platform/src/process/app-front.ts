/** The ports of a program, opened last, so that whoever can connect is served: health and metrics in every role, REST and gRPC in `api`. */
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { OrdoConfig } from '@ordo/configuration';
import type { FastifyInstance } from 'fastify';
import { type GrpcService, grpcOptions } from '../grpc/grpc-server.js';
import { createHttpApp, type RootModule } from '../http/http-app.js';
import { TokenVerifier } from '../identity/token-verifier.js';
import { type SpecificationOutline, serveSpecification } from '../rest/specification.js';
import { StopStage } from '../stopping/graceful-stop.js';
import type { AppProcess } from './app-process.js';

const ANY_ADDRESS = '0.0.0.0';

export interface AppFront {
  readonly module: RootModule;
  /** Absent in a process without the role `api`. */
  readonly api?: { readonly grpc: GrpcService; readonly specification: SpecificationOutline };
  /** Routes and hooks outside of Nest: for callers that sign what they send and carry no token, and for calls that must be short. */
  readonly routes?: (instance: FastifyInstance, verifier: TokenVerifier) => void;
}

/** Listens, and closes the servers after their calls under way when the process stops. */
export async function openFront(running: AppProcess<OrdoConfig>, { module, api, routes }: AppFront): Promise<void> {
  const { config, logger, metrics, health, stop } = running;
  const { authKeys, authIssuer, authAudience, environment } = config;
  const verifier = await TokenVerifier.create({
    ...{ keys: authKeys, issuer: authIssuer, audience: authAudience, environment },
  });
  const app = await createHttpApp(module, { logger, metrics, health, verifier });
  stop.add(StopStage.FRONT, 'servers', () => app.close());
  routes?.(app.getHttpAdapter().getInstance(), verifier);
  if (api !== undefined) await openApi(app, running, api);
  await app.listen(config.httpPort, ANY_ADDRESS);
  logger.info('serving', {
    roles: [...config.roles],
    httpPort: config.httpPort,
    ...(api === undefined ? {} : { grpcPort: config.grpcPort }),
  });
}

async function openApi(
  app: NestFastifyApplication,
  { config, metrics }: AppProcess<OrdoConfig>,
  { grpc, specification }: NonNullable<AppFront['api']>,
): Promise<void> {
  serveSpecification(app, app.getHttpAdapter().getInstance(), specification);
  app.connectMicroservice(grpcOptions(grpc, config.grpcPort, metrics), { inheritAppConfig: true });
  await app.startAllMicroservices();
}
