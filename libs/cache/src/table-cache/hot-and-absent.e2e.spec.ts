/** Keys that are asked for again and again, there or not, and what a server that forgets does to them. On a real Redis. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { ABSENT, TableCache } from './table-cache.js';

function redisUrl(): string {
  const url = process.env['ORDO_REDIS_CACHE_URL'];
  if (url === undefined) throw new Error('ORDO_REDIS_CACHE_URL is not set: run these specs with `npm test`');
  return url;
}

let keyPrefix: string;
let direct: Redis;
let cache: TableCache;
let counts: Record<string, number>;
const counter = {
  cacheRead: (family: string, outcome: string) => {
    counts[`${family} ${outcome}`] = (counts[`${family} ${outcome}`] ?? 0) + 1;
  },
};

/** What is written after a load is not waited for by its caller. */
async function stored(key: string): Promise<string> {
  for (;;) {
    const text = await direct.get(`${keyPrefix}${key}`);
    if (text !== null) return text;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

beforeEach(async () => {
  counts = {};
  keyPrefix = `spec-${randomUUID()}:`;
  direct = new Redis(redisUrl());
  cache = new TableCache(redisUrl(), { keyPrefix, counter, commandTimeoutMs: 500 });
  if (!(await cache.whenTrusted(5_000))) throw new Error('Redis at ORDO_REDIS_CACHE_URL does not answer');
});
afterEach(async () => {
  await cache.close();
  const keys = await direct.keys(`${keyPrefix}*`);
  if (keys.length > 0) await direct.del(...keys);
  direct.disconnect();
});

describe('a row that can never come to be', () => {
  it('is loaded once for a hundred readers one after the other', async () => {
    let loads = 0;
    const load = async (): Promise<undefined> => {
      loads += 1;
    };
    await cache.loadThrough('base', '1', load, { absentForEver: true });
    expect(await stored('base:{1}')).toBe(`0:${ABSENT}`);
    for (let read = 0; read < 100; read += 1) {
      expect(await cache.loadThrough('base', '1', load, { absentForEver: true })).toBe(ABSENT);
    }
    expect(loads).toBe(1);
    expect((counts['base absent'] ?? 0) + (counts['base local'] ?? 0)).toBe(100);
    expect(await direct.pttl(`${keyPrefix}base:{1}`)).toBeLessThanOrEqual(11_000);
  });

  it('gives way to the row when it comes all the same', async () => {
    await cache.loadThrough('base', '1', async () => undefined, { absentForEver: true });
    await stored('base:{1}');
    await cache.put('base', '1', 'row', 2);
    expect(await cache.get('base', '1')).toBe('row');
  });
});

describe('the snapshot of a hot order', () => {
  it('is asked of Redis twice and then answered by the process, while its base is asked for each time', async () => {
    await cache.put('base', '1', 'v1', 1);
    await cache.put('ext', '1', 'snapshot', 1);
    for (let read = 0; read < 10; read += 1) {
      await cache.put('base', '1', `v${read + 2}`, read + 2);
      expect(await cache.getPair('1')).toEqual({ base: `v${read + 2}`, ext: 'snapshot' });
    }
    expect(counts).toEqual({ 'base hit': 10, 'ext hit': 2, 'ext local': 8 });
  });
});

describe('a Redis that is emptied between a change and the end of a load', () => {
  it('does not get the older row back from that load', async () => {
    let finish: (row: { value: string; revision: number }) => void = () => undefined;
    const slow = new Promise<{ value: string; revision: number }>((resolve) => {
      finish = resolve;
    });
    const reading = cache.loadThrough('base', '1', () => slow);
    await cache.put('base', '1', 'v2', 2);
    await direct.del(`${keyPrefix}base:{1}`);
    finish({ value: 'v1', revision: 1 });
    await reading;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await cache.get('base', '1')).toBeUndefined();
  });
});
