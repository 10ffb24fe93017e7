/**
 * The HTTP front of every app: Nest on Fastify, closed by default, one body format, one error format, a trace for every request.
 * It is made of hooks rather than Nest middleware and interceptors, because those cost a promise or more per request.
 */
import type { Socket } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { HealthRegistry } from '../health/health-registry.js';
import { attachedOutcome, attachTrace } from '../identity/call-context.js';
import { GrantGuard } from '../identity/grant-guard.js';
import type { TokenVerifier } from '../identity/token-verifier.js';
import type { Logger } from '../logging/logger.js';
import { NestLogger } from '../logging/nest-logger.js';
import type { Metrics } from '../metrics/metrics.js';
import { traceParentOf } from '../tracing/trace-parent.js';
import { readJsonOnly } from './json-body.js';
import { addOperationalRoutes } from './operational-routes.js';
import { BODY_LIMIT_BYTES, PROBLEM_TYPE, problemAnswerOf } from './problem-answer.js';
import { ProblemFilter } from './problem-filter.js';

/** A request that has not arrived whole by then holds a socket for nothing (slow-loris). */
const REQUEST_TIMEOUT_MS = 15_000;
/** Longer than the 60 s that balancers keep idle connections: the side that opened should be the one that closes. */
const KEEP_ALIVE_MS = 65_000;
/** Far past any id, so that an id of 200 digits is refused by name and rule (400) and not as an address (414). */
const MAX_PATH_PARAMETER = 2_048;
/** A stop is not longer by more than this. */
const SWEEP_IDLE_MS = 20;
const OPERATIONAL = /^\/(health|metrics)/;
const STATUS_OF_BROKEN_REQUEST: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

export interface HttpAppOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly health: HealthRegistry;
  readonly verifier: TokenVerifier;
}

/** A Nest module class, or the `{ module, providers }` that a `forRoot` answers. */
export type RootModule = Parameters<typeof NestFactory.create>[0];

/**
 * The application, not yet listening: `await app.listen(port, host)`. Guard and filter are global; a gRPC microservice gets them by
 * `connectMicroservice(…, { inheritAppConfig: true })`. Nest middleware (`consumer.apply`) is switched off. `app.close()` finishes
 * what was accepted.
 */
export async function createHttpApp(root: RootModule, options: HttpAppOptions): Promise<NestFastifyApplication> {
  const filter = new ProblemFilter(options.logger);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
    // A request on a kept-alive connection that arrives while we stop was sent in good faith: it is served, then the connection closes.
    return503OnClosing: false,
    skipMiddie: true,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter.answer(error, request, reply),
    clientErrorHandler: answerBrokenRequest,
  });
  const instance: FastifyInstance = adapter.getInstance();
  readJsonOnly(instance);
  followRequests(instance, options.metrics);
  leaveIdleConnections(instance);
  addOperationalRoutes(instance, options.health, options.metrics);
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(options.logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalGuards(new GrantGuard(options.verifier));
  app.useGlobalFilters(filter);
  return app;
}

/** Gives every request its trace before anything can refuse it, and counts it once it is answered. */
function followRequests(instance: FastifyInstance, metrics: Metrics): void {
  instance.addHook('onRequest', (request, reply, done) => {
    const incoming = request.headers['traceparent'];
    const traceParent = traceParentOf(typeof incoming === 'string' ? incoming : undefined);
    attachTrace(request, traceParent);
    reply.header('traceresponse', traceParent);
    done();
  });
  instance.addHook('onResponse', (request, reply, done) => {
    const route = request.routeOptions.url ?? 'unmatched';
    if (!OPERATIONAL.test(route)) {
      metrics.requestEnded(`${request.method} ${route}`, attachedOutcome(request) ?? 'ok', reply.elapsedTime);
    }
    done();
  });
}

/**
 * Node closes the connections that are idle when the close begins; one that was answering then would be kept for its keep-alive time, and
 * the stop with it. A client that sends again meanwhile is served and told to close.
 */
function leaveIdleConnections(instance: FastifyInstance): void {
  instance.addHook('preClose', (done) => {
    const sweeping = setInterval(() => instance.server.closeIdleConnections(), SWEEP_IDLE_MS);
    instance.server.once('close', () => clearInterval(sweeping));
    done();
  });
}

/** What Node could not parse has no request object: the answer is written to the socket. */
function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const { status, body } = problemAnswerOf(
    { statusCode: STATUS_OF_BROKEN_REQUEST[error.code ?? ''] ?? 400 },
    traceParentOf(undefined),
  );
  const text = JSON.stringify(body);
  const head = `HTTP/1.1 ${status} ${body.title}\r\nconnection: close\r\ncontent-type: ${PROBLEM_TYPE}`;
  socket.end(`${head}\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
}
