/**
 * The floor of a promise: Fastify, ioredis, one GET of the lane's card in room A, one figure out of it, and the document. No identity, no rules,
 * no second room.
 */
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { answerJobs } from '../programs/child-program.js';

interface Question {
  readonly requests: readonly {
    readonly originArea: string;
    readonly destinationArea: string;
    readonly serviceProduct: string;
  }[];
}

/** Answers its origin. */
answerJobs<object, string>(async () => {
  const [room = ''] = (process.env['ORDO_REDIS_PROMISE_URLS'] ?? '').split(',');
  const redis = new Redis(room, { enableAutoPipelining: true });
  const app = fastify();
  app.post<{ Body: Question }>('/v1/promises', async (request, reply) => {
    const [wanted] = request.body.requests;
    const card = await redis.get(`lane:${wanted?.originArea}|${wanted?.destinationArea}|${wanted?.serviceProduct}`);
    if (card === null) return reply.code(404).send();
    const nowMs = Date.now();
    const colon = card.indexOf(':');
    const durationMinutes = Number(card.slice(colon + 1).split(',')[new Date(nowMs).getUTCHours()]);
    const promisedAt = new Date(nowMs + durationMinutes * 60_000).toISOString();
    const laneVersion = Number(card.slice(0, colon));
    const promise = { outcome: 'PROMISED', promisedAt, durationMinutes, laneVersion, token: null };
    return { promises: [promise], degraded: false, room: 'A' };
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
});
