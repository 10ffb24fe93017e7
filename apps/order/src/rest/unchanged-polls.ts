/**
 * The shortest way for the most frequent call: a poll of a feed in which nothing changed is answered before Nest takes it up. It answers
 * only what the whole way would answer in the same words, 304 to a caller that is known and may ask; everything else goes the whole way.
 */
import { CallerGrant } from '@ordo/contracts';
import type { TokenVerifier } from '@ordo/platform';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FeedOperations } from '../operations/feed-operations.js';

const FEED = '/v1/merchants/:merchantId/feed';
const BEARER = 'Bearer ';

/** What a plain poll carries: a position of a whole version, and nothing else. */
function plainPollOf(request: FastifyRequest): { merchantId: string; after: string } | undefined {
  const { merchantId } = request.params as { readonly merchantId?: unknown };
  const { after, ...more } = request.query as Readonly<Record<string, unknown>>;
  if (typeof merchantId !== 'string' || typeof after !== 'string' || Object.keys(more).length > 0) return undefined;
  return { merchantId, after };
}

/** Before the routes are used. Nothing is answered by it that would have been refused. */
export function answerUnchangedPolls(
  instance: FastifyInstance,
  verifier: Pick<TokenVerifier, 'verifyCached'>,
  operations: Pick<FeedOperations, 'isUnchanged'>,
): void {
  instance.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.url !== FEED) return done();
    const poll = plainPollOf(request);
    const { authorization = '' } = request.headers;
    const caller = authorization.startsWith(BEARER)
      ? verifier.verifyCached(authorization.slice(BEARER.length))
      : undefined;
    if (poll === undefined || caller === undefined || !caller.grants.has(CallerGrant.LIST)) return done();
    operations.isUnchanged(poll.merchantId, poll.after, caller).then(
      (unchanged) => (unchanged ? void reply.code(304).send() : done()),
      () => done(),
    );
  });
}
