import { loadConfig, optional, ordoVariables, serverOrCluster } from '@ordo/configuration';
import { openTimersRedis, type TimersRedis } from '@ordo/timers';
import { withPools } from '../terminal/nodes.js';
import type { TimerServers } from './queue-view.js';

/** A Redis that is not there within this is reported as away; everything else is shown all the same. */
const CONNECT_MS = 1_500;
const variables = {
  redisTimersUrl: optional('ORDO_REDIS_TIMERS_URL', serverOrCluster, ''),
  space: ordoVariables.space,
};

/** Lends the MySQL nodes and the timers' Redis to `work`, and closes them. Fails for none of them. */
export async function withTimerServers<T>(work: (servers: TimerServers) => Promise<T>): Promise<T> {
  const { redisTimersUrl, space } = loadConfig(variables);
  return withPools(async (pools, placement) => {
    const redis = redisTimersUrl === '' ? undefined : openTimersRedis(redisTimersUrl, () => undefined, space);
    try {
      if (redis !== undefined) await connected(redis);
      return await work({ pools, placement, redis });
    } finally {
      redis?.disconnect();
    }
  });
}

function connected(redis: TimersRedis): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CONNECT_MS);
    redis.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
