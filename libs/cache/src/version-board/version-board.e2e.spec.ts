/** Versions on a real Redis: who reads them, who raises them, and what each of them does when the server forgets, fails or comes back. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { VersionBoard } from './version-board.js';

function redisUrl(): string {
  const url = process.env['ORDO_REDIS_CACHE_URL'];
  if (url === undefined) throw new Error('ORDO_REDIS_CACHE_URL is not set: run these specs with `npm test`');
  return url;
}

let keyPrefix: string;
let direct: Redis;
const boards: VersionBoard[] = [];

async function open(raises: boolean, url = redisUrl()): Promise<VersionBoard> {
  const board = new VersionBoard(url, { name: 'feed', raises, keyPrefix, commandTimeoutMs: 500 });
  boards.push(board);
  if (url === redisUrl() && !(await board.whenTrusted(5_000))) throw new Error('Redis does not answer');
  return board;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 5_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

beforeEach(() => {
  keyPrefix = `spec-${randomUUID()}:`;
  direct = new Redis(redisUrl());
});
afterEach(async () => {
  for (const board of boards.splice(0)) board.close();
  const keys = await direct.keys(`${keyPrefix}*`);
  if (keys.length > 0) await direct.del(...keys);
  direct.disconnect();
});

describe('a version', () => {
  it('is believed only by who has compared it with the database', async () => {
    const [raiser, reader] = [await open(true), await open(false)];
    await raiser.raise([['7', 3]]);
    expect(await reader.read('7')).toBeUndefined();
    await reader.note('7', 3, reader.era);
    expect(await reader.read('7')).toBe(3);
    await raiser.raise([['7', 4]]);
    expect(await reader.read('7')).toBe(4);
  });

  it('never falls, whoever writes last', async () => {
    const board = await open(true);
    await board.note('7', 5, board.era);
    await Promise.all([9, 2, 8, 6].map((version) => board.raise([['7', version]])));
    await board.note('7', 1, board.era);
    expect(await board.read('7')).toBe(9);
  });

  it('that was lost with the server’s memory is asked of the database, and not taken for unchanged', async () => {
    const board = await open(false);
    await board.note('7', 5, board.era);
    await direct.del(`${keyPrefix}feed:{7}`);
    expect(await board.read('7')).toBeUndefined();
    expect(await board.readMany(['7'])).toEqual([undefined]);
  });

  it('is not believed for some seconds after the link was lost, because raisers may find the server later than readers', async () => {
    const reader = await open(false);
    await reader.note('7', 5, reader.era);
    const era = reader.era;
    await direct.client('KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(() => reader.era > era);
    await until(() => reader.isTrusted);
    await reader.note('7', 5, reader.era);
    expect(await reader.read('7')).toBeUndefined();
    await until(async () => {
      await reader.note('7', 5, reader.era);
      return (await reader.read('7')) === 5;
    });
  });

  it('expires within minutes, so that nothing that was missed is missed for ever', async () => {
    const board = await open(false);
    await board.note('7', 5, board.era);
    expect(await direct.pttl(`${keyPrefix}feed:{7}`)).toBeLessThanOrEqual(660_000);
  });
});

describe('a doubt', () => {
  it('makes every reader compare anew: a raiser that starts may follow one that died before it raised', async () => {
    const reader = await open(false);
    await reader.note('7', 5, reader.era);
    expect(await reader.read('7')).toBe(5);
    await open(true);
    await until(async () => (await reader.read('7')) === undefined);
  });

  it('that comes while the database is being asked leaves its answer unproven', async () => {
    const reader = await open(false);
    const era = reader.era;
    await direct.set(`${keyPrefix}feed:doubt`, 'another');
    await until(() => reader.era > era);
    await reader.note('7', 5, era);
    expect(await reader.read('7')).toBeUndefined();
  });
});

describe('whoever watches', () => {
  it('hears of every subject of a raise, and of one that a reader found and nobody had raised', async () => {
    const [raiser, reader] = [await open(true), await open(false)];
    const heard: string[] = [];
    let missed = 0;
    reader.watch({ raised: (subject, version) => heard.push(`${subject}=${version}`), missed: () => (missed += 1) });
    await until(() => missed > 0);
    await raiser.raise([
      ['7', 1],
      ['8', 4],
    ]);
    await raiser.note('7', 2, raiser.era);
    await until(() => heard.length >= 3);
    expect(heard).toEqual(['7=1', '8=4', '7=2']);
  });
});

describe('without Redis', () => {
  it('nothing throws and nothing waits', async () => {
    const lonely = await open(true, 'redis://127.0.0.1:1');
    const startedMs = performance.now();
    await lonely.raise([['7', 1]]);
    await lonely.note('7', 1, lonely.era);
    expect(await lonely.read('7')).toBeUndefined();
    expect(await lonely.readMany(['7', '8'])).toEqual([undefined, undefined]);
    expect(performance.now() - startedMs).toBeLessThan(100);
  });
});
