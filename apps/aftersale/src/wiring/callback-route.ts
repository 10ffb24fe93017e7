/**
 * Where payment channels call back. Outside of Nest, because a signature is checked over the bytes as they came, and the front parses JSON; and
 * without a bearer token, because the signature says who calls.
 */
import { type Logger, problemAnswerOf, traceParentOf } from '@ordo/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ChannelCallbacks } from '../refund-ledger/channel-callbacks.js';

/** A callback about one refund has some hundred bytes; a channel's whole event some kilobytes. */
const BODY_LIMIT_BYTES = 131_072;
const PROBLEM = 'application/problem+json; charset=utf-8';
const SERVER_FAULT = 500;

interface Params {
  readonly channel: string;
}

export function addCallbackRoute(instance: FastifyInstance, callbacks: ChannelCallbacks, logger: Logger): void {
  void instance.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, parsed) =>
      parsed(null, body),
    );
    scope.post('/v1/channels/:channel/callbacks', async (request: FastifyRequest<{ Params: Params }>, reply) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      try {
        await callbacks.receive(request.params.channel, { body, headers: request.headers });
        return await reply.code(204).send();
      } catch (error) {
        const { status, headers, body: problem } = problemAnswerOf(error, traceParentOf(undefined));
        if (status >= SERVER_FAULT) logger.error('a callback could not be taken', { error });
        return reply.code(status).headers(headers).header('content-type', PROBLEM).send(JSON.stringify(problem));
      }
    });
    done();
  });
}
