/** /health/live, /health/ready and /metrics: open to all, outside of Nest, so that they answer while the rest is in trouble. */
import type { FastifyInstance } from 'fastify';
import type { HealthRegistry } from '../health/health-registry.js';
import type { Metrics } from '../metrics/metrics.js';

export function addOperationalRoutes(instance: FastifyInstance, health: HealthRegistry, metrics: Metrics): void {
  instance.get('/health/live', () => ({ status: 'up' }));
  instance.get('/health/ready', async (_request, reply) => {
    const report = await health.ready();
    const serves = report.status === 'up' || report.status === 'degraded';
    return reply.code(serves ? 200 : 503).send(report);
  });
  instance.get('/metrics', async (_request, reply) => {
    const text = await metrics.registry.metrics();
    return reply.header('content-type', metrics.registry.contentType).send(text);
  });
}
