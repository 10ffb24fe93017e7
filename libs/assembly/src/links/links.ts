/** The connections of one process to its servers. Opening them waits for none of them: each may be away (P9). */
import { Nudge, TableCache } from '@ordo/cache';
import type { HealthRegistry, Logger, Metrics, OrdoConfig } from '@ordo/platform';
import { NodePools, Placement } from '@ordo/sharding';
import { openTimersRedis, type TimersRedis } from '@ordo/timers';

export interface Links {
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly cache: TableCache;
  readonly nudge: Nudge;
  /** Of the timers' index: empty it, and it is made anew. */
  readonly timersRedis: TimersRedis;
}

export function openLinks(config: OrdoConfig, logger: Logger, metrics: Metrics): Links {
  // Lost connections show in the engine's failures and in health; a line for each attempt would say nothing more.
  const lost = (error: Error): void => logger.debug('the connection to the timers’ Redis was lost', { error });
  const timersRedis = openTimersRedis(config.redisTimersUrl, lost, config.space);
  return {
    pools: new NodePools([...config.mysqlNodes]),
    placement: new Placement(config.mysqlNodes.length),
    cache: new TableCache(config.redisCacheUrl, {
      keyPrefix: config.space === '' ? '' : `${config.space}:`,
      counter: metrics,
      onTrust: (trusted, reason) => logger.info(trusted ? 'the cache is used' : 'the cache is left alone', { reason }),
    }),
    nudge: new Nudge(config.redisCacheUrl),
    timersRedis,
  };
}

/** Ready while any database node serves: a node that is down fails its own users' writes and nobody else's. */
export function registerLinks({ pools, cache, timersRedis }: Links, health: HealthRegistry): void {
  for (const pool of pools.all) {
    health.register({ name: pool.name, kind: 'mysql', importance: 'any-of-kind', probe: () => pool.ping() });
  }
  health.register({
    ...{ name: 'redis-cache', kind: 'redis', importance: 'optional' },
    probe: () => (cache.isTrusted ? Promise.resolve() : Promise.reject(new Error('left alone'))),
  });
  health.register({
    ...{ name: 'redis-timers', kind: 'redis', importance: 'optional' },
    probe: () => timersRedis.ping(),
  });
}

export async function closeLinks({ pools, cache, nudge, timersRedis }: Links): Promise<void> {
  timersRedis.disconnect();
  nudge.close();
  await cache.close();
  await pools.close();
}

/** Where a commit on a node taps the relay of an app's outbox there, whichever process it runs in. */
export const outboxChannel = (app: string, node: string): string => `ordo.outbox.${app}.${node}`;
