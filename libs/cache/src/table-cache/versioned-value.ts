/** How a row lies in Redis: `<revision>:<json>` under one string key, so that a read is one GET and a comparison needs only the first bytes. */
import type { Redis } from 'ioredis';

/** ARGV: revision, value, TTL in ms. Answers 1 when written, 0 when a newer revision is there. */
const PUT = `
local revision = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^(%d+):')
if revision and tonumber(revision) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':' .. ARGV[2], 'PX', ARGV[3])
return 1`;

/** ARGV: revision. Removes a row that is older, or that cannot be read. */
const DROP_OLDER = `
local revision = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^(%d+):')
if revision and tonumber(revision) >= tonumber(ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[1])`;

/**
 * ARGV: revision, TTL in ms. Leaves the revision without a text in the place of a row that is older, that cannot be read or that is not there.
 * Answers 0 where this revision or a newer one is there.
 */
const OUTDATE = `
local revision = string.match(redis.call('GETRANGE', KEYS[1], 0, 20), '^(%d+):')
if revision and tonumber(revision) >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. ':', 'PX', ARGV[2])
return 1`;

interface Scripts {
  ordoPut(key: string, revision: number, value: string, ttlMs: number): Promise<number>;
  ordoDropOlder(key: string, revision: number): Promise<number>;
  ordoOutdate(key: string, revision: number, ttlMs: number): Promise<number>;
}

export type VersionedRedis = Redis & Scripts;

/** Adds the scripts to a connection; they are sent by digest. */
export function withScripts(redis: Redis): VersionedRedis {
  redis.defineCommand('ordoPut', { numberOfKeys: 1, lua: PUT });
  redis.defineCommand('ordoDropOlder', { numberOfKeys: 1, lua: DROP_OLDER });
  redis.defineCommand('ordoOutdate', { numberOfKeys: 1, lua: OUTDATE });
  return redis as VersionedRedis;
}

/** The row of a stored text; undefined for what is not ours. */
export function valueOf(stored: string | null | undefined): string | undefined {
  if (stored === null || stored === undefined) return undefined;
  const colon = stored.indexOf(':');
  return colon < 1 ? undefined : stored.slice(colon + 1);
}
