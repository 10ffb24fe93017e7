/** What an accident does to a Redis. Only for one that the caller's own stack has started: nothing of it is asked for back. */
import { Redis } from 'ioredis';

const CONNECT_TIMEOUT_MS = 2_000;

/** Empties it and answers how many keys it had. */
export async function emptyRedis(url: string): Promise<number> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: CONNECT_TIMEOUT_MS, maxRetriesPerRequest: 0 });
  try {
    await redis.connect();
    const keys = await redis.dbsize();
    await redis.flushall();
    return keys;
  } finally {
    redis.disconnect();
  }
}
