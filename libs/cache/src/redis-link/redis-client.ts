/** One way to open a connection to a Redis that may vanish. ioredis hides outages by default; all of that is switched off. */
import { Redis } from 'ioredis';

/** A local network answers in one; half a second tells a dead host from a busy one. */
const CONNECT_TIMEOUT_MS = 500;
/** A peer that accepts and says nothing (frozen, half-open) is hung up on, and a new connection tried. */
const SILENT_SOCKET_MS = 1_000;
/** Retries slow down to this: an outage ends within a second of its end, and costs one connection attempt a second. */
const RETRY_AT_MOST_MS = 1_000;

/** Connects by itself and for ever. Commands fail at once while it is not connected; connection errors go to `onError` only. */
export function openRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    enableAutoPipelining: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_SOCKET_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), RETRY_AT_MOST_MS),
  });
  redis.on('error', onError);
  return redis;
}
