/** The floor of a read: Fastify, ioredis, one GET, and the document as it lies there. No identity, no rules, no traces. */
import { fastify } from 'fastify';
import { Redis } from 'ioredis';
import { answerJobs } from '../programs/child-program.js';

export interface BareReadJob {
  /** The documents to serve, by order id. */
  readonly documents: readonly (readonly [orderId: string, document: string])[];
}

const TTL_SECONDS = 600;
const STRIDE = 500;

/** Answers its origin. */
answerJobs<BareReadJob, string>(async ({ documents }) => {
  const redis = new Redis(process.env['ORDO_REDIS_CACHE_URL'] ?? '', { enableAutoPipelining: true });
  for (let from = 0; from < documents.length; from += STRIDE) {
    const stride = redis.pipeline();
    for (const [id, document] of documents.slice(from, from + STRIDE))
      stride.set(`bench:${id}`, document, 'EX', TTL_SECONDS);
    await stride.exec();
  }
  const app = fastify();
  app.get<{ Params: { orderId: string } }>('/v1/orders/:orderId', async (request, reply) => {
    const document = await redis.get(`bench:${request.params.orderId}`);
    if (document === null) return reply.code(404).send();
    return reply.type('application/json; charset=utf-8').send(document);
  });
  return app.listen({ port: 0, host: '127.0.0.1' });
});
