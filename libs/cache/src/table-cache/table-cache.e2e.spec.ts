/**
 * The table cache on a real Redis, through a small relay of bytes that can go silent, refuse and come back: a frozen or dead server as a
 * client sees it, without touching the server that other specs use.
 */
import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { OUTDATED, TableCache, type TableCacheOptions } from './table-cache.js';

class Wire {
  private silent = false;
  private server: Server | undefined;
  private port = 0;
  private readonly sockets = new Set<Socket>();

  constructor(private readonly target: URL) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async open(): Promise<void> {
    this.server = createServer((near) => this.join(near));
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** Accepts and passes nothing on, as a stopped process does. */
  freeze(): void {
    this.silent = true;
  }

  thaw(): void {
    this.silent = false;
    for (const socket of this.sockets) socket.resume();
  }

  async cut(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private join(near: Socket): void {
    const far = connect(Number(this.target.port || 6379), this.target.hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.on('data', (bytes) => {
        if (!this.silent) return void to.write(bytes);
        from.pause();
        from.unshift(bytes);
      });
    }
    if (this.silent) near.pause();
  }
}

function redisUrl(): string {
  const url = process.env['ORDO_REDIS_CACHE_URL'];
  if (url === undefined) throw new Error('ORDO_REDIS_CACHE_URL is not set: run these specs with `npm test`');
  return url;
}

/** Where the bound is not the subject, a busy machine must not look like a frozen Redis. */
const PATIENT_MS = 500;

let wire: Wire;
let direct: Redis;
let keyPrefix: string;
let cache: TableCache;
let counts: Record<string, number>;
const opened: TableCache[] = [];

function open(options: TableCacheOptions = {}, url = wire.url): TableCache {
  const counter = {
    cacheRead: (family: string, outcome: string) => {
      counts[`${family} ${outcome}`] = (counts[`${family} ${outcome}`] ?? 0) + 1;
    },
  };
  const next = new TableCache(url, { keyPrefix, counter, commandTimeoutMs: PATIENT_MS, ...options });
  opened.push(next);
  return next;
}

async function openTrusted(options: TableCacheOptions, url = wire.url): Promise<TableCache> {
  const next = open(options, url);
  if (!(await next.whenTrusted(5_000))) throw new Error('Redis at ORDO_REDIS_CACHE_URL does not answer');
  return next;
}

async function until(holds: () => boolean | Promise<boolean>, withinMs = 5_000): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('did not come about in time');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now();
  await work();
  return performance.now() - from;
}

beforeEach(async () => {
  counts = {};
  keyPrefix = `spec-${randomUUID()}:`;
  direct = new Redis(redisUrl());
  wire = new Wire(new URL(redisUrl()));
  await wire.open();
  cache = await openTrusted({});
});
afterEach(async () => {
  wire.thaw();
  for (const one of opened.splice(0)) await one.close();
  await wire.cut();
  const keys = await direct.keys(`${keyPrefix}*`);
  if (keys.length > 0) await direct.del(...keys);
  direct.disconnect();
});

describe('with Redis in good health', () => {
  it('gives back what was put, alone, as a pair and as many', async () => {
    await cache.put('base', '1', '{"status":"PAID"}', 2);
    await cache.put('ext', '1', '{"items":[]}', 1);
    expect(await cache.get('base', '1')).toBe('{"status":"PAID"}');
    expect(await cache.getPair('1')).toEqual({ base: '{"status":"PAID"}', ext: '{"items":[]}' });
    expect(await cache.getMany('base', ['9', '1'])).toEqual([undefined, '{"status":"PAID"}']);
    expect(counts).toEqual({ 'base hit': 3, 'base miss': 1, 'ext hit': 1 });
  });

  it('lets an older revision never replace a newer one, in whatever order they arrive', async () => {
    const revisions = [3, 1, 7, 5, 2, 7, 6, 4];
    await Promise.all(revisions.map((revision) => cache.put('base', '1', `v${revision}`, revision)));
    expect(await cache.get('base', '1')).toBe('v7');
  });

  it('lets an equal revision replace', async () => {
    await cache.put('base', '1', 'first', 3);
    await cache.put('base', '1', 'second', 3);
    expect(await cache.get('base', '1')).toBe('second');
  });

  it('keeps nothing for ever, and the two families not until the same moment', async () => {
    await cache.put('base', '1', 'a', 1);
    await cache.put('ext', '1', 'a', 1);
    const [base, ext] = await Promise.all([direct.pttl(`${keyPrefix}base:{1}`), direct.pttl(`${keyPrefix}ext:{1}`)]);
    expect(base).toBeGreaterThan(260_000);
    expect(base).toBeLessThanOrEqual(330_000);
    expect(ext).toBeGreaterThan(1_600_000);
  });

  it('caches no row past 10 KB, and does not leave the older one in its place', async () => {
    await cache.put('base', '1', 'small', 1);
    await cache.put('base', '1', 'x'.repeat(10_241), 2);
    expect(await cache.get('base', '1')).toBeUndefined();
    await cache.put('base', '2', 'é'.repeat(5_121), 1);
    expect(await direct.exists(`${keyPrefix}base:{2}`)).toBe(0);
  });

  it('loads a cold key at most twice for two hundred callers, and caches what it loaded', async () => {
    let loads = 0;
    const load = async () => {
      loads += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { value: 'row', revision: 4 };
    };
    const values = await Promise.all(Array.from({ length: 200 }, () => cache.loadThrough('base', '1', load)));
    expect(new Set(values)).toEqual(new Set(['row']));
    expect(loads).toBeLessThanOrEqual(2);
    await until(async () => (await cache.get('base', '1')) === 'row');
  });

  it('does not cache that a row is absent', async () => {
    expect(await cache.loadThrough('base', '1', async () => undefined)).toBeUndefined();
    expect(await cache.loadThrough('base', '1', async () => ({ value: 'now', revision: 1 }))).toBe('now');
  });

  it('passes on the failure of a load and loads again for the next', async () => {
    const failing = async () => Promise.reject(new Error('node away'));
    await expect(cache.loadThrough('base', '1', failing)).rejects.toThrow('node away');
    expect(await cache.loadThrough('base', '1', async () => ({ value: 'row', revision: 1 }))).toBe('row');
  });
});

describe('with a frozen Redis', () => {
  it('costs each call its timeout at most, and after three failures nothing', async () => {
    const impatient = await openTrusted({ commandTimeoutMs: 25 });
    wire.freeze();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      expect(await tookMs(() => impatient.get('base', '1'))).toBeLessThan(100);
    }
    expect(impatient.isTrusted).toBe(false);
    const costMs = await tookMs(async () => {
      for (let attempt = 0; attempt < 1_000; attempt += 1) await impatient.getPair('1');
    });
    // A tenth of a millisecond each, on a machine that others use as well; asked in vain they would take 25 seconds.
    expect(costMs).toBeLessThan(300);
    expect(counts['base skipped']).toBe(1_000);
  });

  it('is used again by itself once it answers', async () => {
    const impatient = await openTrusted({ commandTimeoutMs: 25 });
    wire.freeze();
    for (let attempt = 0; attempt < 3; attempt += 1) await impatient.get('base', '1');
    expect(impatient.isTrusted).toBe(false);
    wire.thaw();
    await until(() => impatient.isTrusted);
    await impatient.put('base', '1', 'row', 1);
    expect(await impatient.get('base', '1')).toBe('row');
  });
});

describe('with a Redis that missed one write', () => {
  it('does not read the older row, and removes it soon, for every process', async () => {
    const impatient = await openTrusted({ commandTimeoutMs: 25 });
    await cache.put('base', '1', 'v3', 3);
    wire.freeze();
    await impatient.put('base', '1', 'v4', 4);
    await wire.cut();
    await wire.open();
    expect(await impatient.get('base', '1')).toBeUndefined();
    wire.thaw();
    await until(async () => (await direct.get(`${keyPrefix}base:{1}`)) !== '3:v3');
  });

  it('lets nobody put an older row in its place, neither a relay that lags nor a loader that took long', async () => {
    const [impatient, other] = [await openTrusted({ commandTimeoutMs: 25 }), await openTrusted({}, redisUrl())];
    await cache.put('base', '1', 'v2', 2);
    let release: () => void = () => undefined;
    const reading = other.loadThrough('base', '9', async () => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return { value: 'v3', revision: 3 };
    });
    wire.freeze();
    await Promise.all([impatient.put('base', '1', 'v5', 5), impatient.put('base', '9', 'v5', 5)]);
    await wire.cut();
    await wire.open();
    wire.thaw();
    await until(async () => (await direct.get(`${keyPrefix}base:{1}`)) === '5:');
    await other.put('base', '1', 'v3', 3);
    release();
    expect(await reading).toBe('v3');
    expect([await other.get('base', '1'), await other.get('base', '9')]).toEqual([OUTDATED, OUTDATED]);
    expect(await other.loadThrough('base', '1', async () => ({ value: 'v5', revision: 5 }))).toBe('v5');
    expect(await impatient.get('base', '1')).toBe('v5');
  });
});

describe('with a dead Redis', () => {
  it('loads from the database, within its bound, and refuses what would wait past it', async () => {
    const bounded = await openTrusted({ limits: { concurrent: 2, waiting: 3 } });
    await wire.cut();
    await until(() => !bounded.isTrusted);
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const load = async () => {
      await held;
      return { value: 'row', revision: 1 };
    };
    const ids = ['1', '2', '3', '4', '5', '6'];
    const reads = ids.map((id) => bounded.loadThrough('base', id, load));
    await expect(reads[5]).rejects.toMatchObject({ code: 'OVERLOADED' });
    release();
    expect(await Promise.all(reads.slice(0, 5))).toEqual(['row', 'row', 'row', 'row', 'row']);
    await wire.open();
  });

  it('gives no older row than an acknowledged change after it is back, to this process and to others', async () => {
    const other = await openTrusted({}, redisUrl());
    await cache.put('base', '1', 'v3', 3);
    await wire.cut();
    await until(() => !cache.isTrusted);
    await cache.put('base', '1', 'v4', 4);
    await wire.open();
    await until(() => cache.isTrusted);
    expect(await cache.get('base', '1')).toBe(OUTDATED);
    expect(await other.get('base', '1')).toBe(OUTDATED);
  });

  it('leaves a newer row that another process wrote meanwhile', async () => {
    const other = await openTrusted({}, redisUrl());
    await wire.cut();
    await until(() => !cache.isTrusted);
    await cache.put('base', '1', 'v4', 4);
    await other.put('base', '1', 'v5', 5);
    await wire.open();
    await until(() => cache.isTrusted);
    expect(await cache.get('base', '1')).toBe('v5');
  });

  it('never throws and never waits, not even from the first moment', async () => {
    const lonely = open({}, 'redis://127.0.0.1:1');
    const costMs = await tookMs(async () => {
      await lonely.put('base', '1', 'v', 1);
      expect(await lonely.get('base', '1')).toBeUndefined();
      expect(await lonely.getPair('1')).toEqual({ base: undefined, ext: undefined });
      expect(await lonely.loadThrough('base', '1', async () => ({ value: 'row', revision: 1 }))).toBe('row');
    });
    expect(costMs).toBeLessThan(50);
  });
});
