/** The connections of one process to its servers. Opening them waits for none of them: each may be away (P9). */
import { Nudge, TableCache } from '@ordo/cache';
import type { HealthRegistry, Logger, Metrics, OrdoConfig } from '@ordo/platform';
import { NodePools, Placement } from '@ordo/sharding';

export interface Links {
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly cache: TableCache;
  readonly nudge: Nudge;
}

export function openLinks(config: OrdoConfig, logger: Logger, metrics: Metrics): Links {
  return {
    pools: new NodePools([...config.mysqlNodes]),
    placement: new Placement(config.mysqlNodes.length),
    cache: new TableCache(config.redisCacheUrl, {
      counter: metrics,
      onTrust: (trusted, reason) => logger.info(trusted ? 'the cache is used' : 'the cache is left alone', { reason }),
    }),
    nudge: new Nudge(config.redisCacheUrl),
  };
}

/** Ready while any database node serves: a node that is down fails its own users' writes and nobody else's. */
export function registerLinks({ pools, cache }: Links, health: HealthRegistry): void {
  for (const pool of pools.all) {
    health.register({ name: pool.name, kind: 'mysql', importance: 'any-of-kind', probe: () => pool.ping() });
  }
  health.register({
    ...{ name: 'redis-cache', kind: 'redis', importance: 'optional' },
    probe: () => (cache.isTrusted ? Promise.resolve() : Promise.reject(new Error('left alone'))),
  });
}

export async function closeLinks({ pools, cache, nudge }: Links): Promise<void> {
  nudge.close();
  await cache.close();
  await pools.close();
}

/** Where a commit on a node taps the relay of an app's outbox there, whichever process it runs in. */
export const outboxChannel = (app: string, node: string): string => `ordo.outbox.${app}.${node}`;
