/** How a version lies in Redis (its decimal text), and how raises travel: `subject=version` joined by commas. */
import type { Redis } from 'ioredis';

export type Raise = readonly [subject: string, version: number];

/** ARGV: version, TTL in ms. Answers 2 when it rose, 1 when it is new here, 0 when it was there or a later one is. */
const RAISE = `
local held = tonumber(redis.call('GET', KEYS[1]))
if held and held >= tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
if held then return 2 end
return 1`;

export type RaisingRedis = Redis & { ordoRaise(key: string, version: number, ttlMs: number): Promise<number> };

export function withRaise(redis: Redis): RaisingRedis {
  redis.defineCommand('ordoRaise', { numberOfKeys: 1, lua: RAISE });
  return redis as RaisingRedis;
}

export const raisedText = (raises: readonly Raise[]): string =>
  raises.map(([subject, version]) => `${subject}=${version}`).join(',');

/** What is not ours is left out. */
export function raisesOf(text: string): Raise[] {
  return text.split(',').flatMap((pair): Raise[] => {
    const [subject = '', version = ''] = pair.split('=');
    const number = Number(version);
    return subject === '' || !Number.isSafeInteger(number) ? [] : [[subject, number]];
  });
}
