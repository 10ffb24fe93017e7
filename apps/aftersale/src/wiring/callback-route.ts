/**
 * Where payment channels and the payer of compensations call back. Outside of Nest, because a signature is checked over the bytes as they came, and the front parses JSON; and
 * without a bearer token, because the signature says who calls.
 */

import { refuse } from '@ordo/contracts';
import { type Logger, problemAnswerOf, traceParentOf } from '@ordo/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { PayerCallbacks } from '../compensation/payer-callbacks.js';
import type { ChannelCallbacks } from '../refund-ledger/channel-callbacks.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';

/** A callback about one refund has some hundred bytes; a channel's whole event some kilobytes. */
const BODY_LIMIT_BYTES = 131_072;
const PROBLEM = 'application/problem+json; charset=utf-8';
const SERVER_FAULT = 500;

interface Params {
  readonly partner: string;
}

export interface CallbackReceivers {
  readonly channels: Pick<ChannelCallbacks, 'receive'>;
  /** By its name, as channels are. */
  readonly payer: Pick<PayerCallbacks, 'receive'> & { readonly name: string };
}

type Receive = (partner: string, callback: RawCallback) => Promise<unknown>;

export function addCallbackRoutes(
  instance: FastifyInstance,
  { channels, payer }: CallbackReceivers,
  logger: Logger,
): void {
  void instance.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: BODY_LIMIT_BYTES }, (_request, body, parsed) =>
      parsed(null, body),
    );
    addRoute(scope, '/v1/channels/:partner/callbacks', (partner, raw) => channels.receive(partner, raw), logger);
    addRoute(scope, '/v1/payers/:partner/callbacks', (partner, raw) => toPayer(payer, partner, raw), logger);
    done();
  });
}

function toPayer(payer: CallbackReceivers['payer'], partner: string, callback: RawCallback): Promise<unknown> {
  if (partner !== payer.name) throw refuse('ROUTE_NOT_FOUND', 'no such payer');
  return payer.receive(callback);
}

function addRoute(scope: FastifyInstance, path: string, receive: Receive, logger: Logger): void {
  scope.post(path, async (request: FastifyRequest<{ Params: Params }>, reply) => {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      await receive(request.params.partner, { body, headers: request.headers });
      return await reply.code(204).send();
    } catch (error) {
      const { status, headers, body: problem } = problemAnswerOf(error, traceParentOf(undefined));
      if (status >= SERVER_FAULT) logger.error('a callback could not be taken', { error });
      return reply.code(status).headers(headers).header('content-type', PROBLEM).send(JSON.stringify(problem));
    }
  });
}
