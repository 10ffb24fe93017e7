/** The one exception filter, over HTTP and gRPC. A fault of ours is logged here with its facts and told to nobody. */
import { Metadata } from '@grpc/grpc-js';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import { errorCodeOf, grpcStatusOf, problemOf } from '@ordo/contracts';
import { OrdoError, Refusal, Transient } from '@ordo/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, throwError } from 'rxjs';
import { attachedTrace, attachOutcome } from '../identity/call-context.js';
import type { Logger } from '../logging/logger.js';
import { traceIdOf, traceParentOf } from '../tracing/trace-parent.js';
import { houseErrorOf, PROBLEM_TYPE, problemAnswerOf } from './problem-answer.js';
import { discardRest } from './unread-body.js';

/** Carries the whole problem document beside a gRPC status; `-bin` because texts may be any Unicode. */
const PROBLEM_METADATA = 'ordo-problem-bin';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): Observable<never> | undefined {
    if (host.getType() === 'rpc') return this.answerRpc(thrown, host.getArgByIndex<object>(1));
    this.answer(thrown, host.getArgByIndex<FastifyRequest>(0), host.getArgByIndex<FastifyReply>(1));
    return undefined;
  }

  /** Sends the problem document; also for what Fastify refuses before Nest sees it. */
  answer(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const traceParent = attachedTrace(request) ?? traceParentOf(undefined);
    const { status, headers, body } = problemAnswerOf(thrown, traceParent);
    attachOutcome(request, body.code);
    this.logFault(thrown, traceParent, { method: request.method, route: request.routeOptions.url });
    if (reply.sent) return;
    // Serialised here: Fastify would look for a schema of this status, and cuts what the schema does not name.
    const send = (): void =>
      void reply.code(status).headers(headers).header('content-type', PROBLEM_TYPE).send(JSON.stringify(body));
    if (body.code === 'PAYLOAD_TOO_LARGE') discardRest(request.raw, send);
    else send();
  }

  private answerRpc(thrown: unknown, incoming: object): Observable<never> {
    const traceParent = attachedTrace(incoming) ?? traceParentOf(undefined);
    const error = houseErrorOf(thrown);
    attachOutcome(incoming, errorCodeOf(error));
    this.logFault(thrown, traceParent, { protocol: 'grpc' });
    const problem = { ...problemOf(error), traceId: traceIdOf(traceParent) };
    const metadata = new Metadata();
    metadata.set('ordo-code', problem.code);
    metadata.set(PROBLEM_METADATA, Buffer.from(JSON.stringify(problem)));
    return throwError(() => ({
      code: grpcStatusOf(error),
      message: problem.detail,
      details: problem.detail,
      metadata,
    }));
  }

  private logFault(thrown: unknown, traceParent: string, place: Readonly<Record<string, unknown>>): void {
    const traceId = traceIdOf(traceParent);
    const error = houseErrorOf(thrown);
    if (error instanceof Refusal) return;
    if (error instanceof Transient)
      return this.logger.warn('a request was put off', { traceId, ...place, code: error.code, details: error.details });
    const facts = error instanceof OrdoError ? { details: error.details } : {};
    this.logger.error('a request failed by a fault of ours', { traceId, ...place, ...facts, error });
  }
}
