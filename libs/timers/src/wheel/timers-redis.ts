/** The connection to the timers' Redis: one server or a cluster. ioredis hides outages by default; all of that is switched off. */
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { wheelScripts } from './wheel-scripts.js';

/** A local network answers in one; half a second tells a dead host from a busy one. */
const CONNECT_TIMEOUT_MS = 500;
/** The largest script takes single milliseconds; a second says that the server is away, and the tick after it tries again. */
const COMMAND_TIMEOUT_MS = 1_000;
const RETRY_AT_MOST_MS = 1_000;

export type TimersRedis = Redis | Cluster;

const backOff = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), RETRY_AT_MOST_MS);

const connection: RedisOptions = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  // Not 1: with resending off and pipelining on, ioredis 5 leaves what was under way unanswered when one reconnection suffices.
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: COMMAND_TIMEOUT_MS,
};

/**
 * Connects by itself and for ever; commands fail at once while it is not connected. Several URLs, comma-separated, are the masters of a
 * Redis Cluster. `onError` hears of lost connections. `space` (`ORDO_SPACE`) keeps environments apart that share a Redis: no key of one is
 * ever a key of another.
 */
export function openTimersRedis(urls: string, onError: (error: Error) => void, space = ''): TimersRedis {
  const all = urls.split(',');
  // Before the hash tag, so that a partition's keys stay in one slot.
  const keyPrefix = space === '' ? '' : `${space}.`;
  const redis =
    all.length > 1
      ? openCluster(all, keyPrefix)
      : new Redis(urls, { ...connection, keyPrefix, enableAutoPipelining: true, retryStrategy: backOff });
  redis.on('error', onError);
  for (const [name, lua] of Object.entries(wheelScripts)) redis.defineCommand(name, { lua });
  return redis;
}

function openCluster(urls: readonly string[], keyPrefix: string): Cluster {
  return new Cluster([...urls], {
    keyPrefix,
    redisOptions: connection,
    enableOfflineQueue: false,
    // ioredis 5 groups a script by its first argument, which is the number of keys, and then refuses the mixed pipeline it has made.
    enableAutoPipelining: false,
    clusterRetryStrategy: backOff,
    // A MOVED during a resharding is followed; more rounds than this are an outage.
    maxRedirections: 4,
    slotsRefreshTimeout: COMMAND_TIMEOUT_MS,
  });
}
