/** One way to open a connection to a Redis that may vanish. ioredis hides outages by default; all of that is switched off. */
import { Redis } from 'ioredis';

/** A local network answers in one; half a second tells a dead host from a busy one. */
const CONNECT_TIMEOUT_MS = 500;
/** A peer that does not take part in the closing is left. */
const DISCONNECT_TIMEOUT_MS = 200;
/** A peer that accepts and says nothing (frozen, half-open) is hung up on, and a new connection tried. */
const SILENT_SOCKET_MS = 1_000;
/** Retries slow down to this: an outage ends within a second of its end, and costs one connection attempt a second. */
const RETRY_AT_MOST_MS = 1_000;

/** Connects by itself and for ever. Commands fail at once while it is not connected; connection errors go to `onError` only. */
export function openRedis(url: string, onError: (error: Error) => void): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Not 1: with resending off, ioredis 5 neither resends nor rejects what was under way when one reconnection suffices, and a pipeline
    // of its auto-pipelining that is never answered holds up all later ones for ever. 0 rejects them when the connection closes.
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    socketTimeout: SILENT_SOCKET_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 6), RETRY_AT_MOST_MS),
  });
  redis.on('error', onError);
  return redis;
}
