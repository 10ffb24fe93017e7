/**
 * The table cache beside a bare ioredis MGET of the same two keys, in one process without HTTP; and what it keeps from the database: a cold
 * key that a thousand ask for, a number that does not exist, and a Redis that is emptied under load.
 */
import { ABSENT, TableCache } from '@ordo/cache';
import { Redis } from 'ioredis';
import type { Bench } from './bench-run.js';
import { medianOf, quantilesOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 5;
const ROUND_MS = 3_000;
const IN_FLIGHT = 64;
const ORDERS = 2_000;
/** The share of reads that go to the hottest hundred: lunch. */
const HOT_SHARE = 0.7;
const HOT_ORDERS = 100;
const CALLERS_OF_A_COLD_KEY = 1_000;
const READS_OF_NOTHING = 10_000;
/** What a load from the database takes. */
const LOAD_MS = 2;
const SHARE = 0.6;
const BASE = JSON.stringify({ status: 'PAID', version: 2, text: 'b'.repeat(420) });
const EXT = JSON.stringify({ items: 'e'.repeat(600) });

export async function benchCache(bench: Bench): Promise<Figure> {
  const url = process.env['ORDO_REDIS_CACHE_URL'] ?? '';
  const counts: Record<string, number> = {};
  const cacheRead = (family: string, outcome: string): void => {
    counts[`${family} ${outcome}`] = (counts[`${family} ${outcome}`] ?? 0) + 1;
  };
  const cache = new TableCache(url, { keyPrefix: 'bench-cache:', counter: { cacheRead } });
  const bare = new Redis(url, { enableAutoPipelining: true });
  try {
    if (!(await cache.whenTrusted(5_000))) throw new Error('the cache does not come up');
    for (let id = 0; id < ORDERS; id += 1) {
      await Promise.all([cache.put('base', String(id), BASE, 2), cache.put('ext', String(id), EXT, 1)]);
    }
    return await measured(bench, cache, bare, counts);
  } finally {
    await cache.close();
    bare.disconnect();
  }
}

async function measured(bench: Bench, cache: TableCache, bare: Redis, counts: Record<string, number>): Promise<Figure> {
  const ours = async (id: string): Promise<boolean> => (await cache.getPair(id)).ext !== undefined;
  const floor = async (id: string): Promise<boolean> => {
    const [, ext] = await bare.mget(`bench-cache:base:{${id}}`, `bench-cache:ext:{${id}}`);
    return ext !== null;
  };
  await timed(ours);
  await timed(floor);
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const each = { floor: await timed(floor), ours: await timed(ours) };
    rounds.push(each);
    bench.say(`round ${count + 1}: MGET ${each.floor.perSec}/s, cache ${each.ours.perSec}/s`);
  }
  const cold = await coldKey(cache);
  const nothing = await readsOfNothing(cache);
  const emptied = await emptiedUnderLoad(cache, bare);
  bench.say(
    `${CALLERS_OF_A_COLD_KEY} callers of a cold key: ${cold} loads; ${READS_OF_NOTHING} reads of nothing: ${nothing}`,
  );
  bench.say(
    `emptied under load: ${emptied.reads} reads, ${emptied.loads} loads, at most ${emptied.mostAtOnce} at once`,
  );
  const perSec = medianOf(rounds.map((each) => each.ours.perSec));
  const floorPerSec = medianOf(rounds.map((each) => each.floor.perSec));
  const ratio = round(perSec / floorPerSec);
  return {
    ...{ name: 'cache', perSec, floorPerSec, ratio },
    p50Ms: medianOf(rounds.map((each) => each.ours.latency.p50Ms)),
    p99Ms: medianOf(rounds.map((each) => each.ours.latency.p99Ms)),
    goals: [
      { what: 'share of a bare MGET', goal: `≥ ${SHARE}`, measured: ratio, met: ratio >= SHARE },
      { what: 'loads of a cold key', goal: '≤ 2', measured: cold, met: cold <= 2 },
      { what: 'loads of what does not exist', goal: '1', measured: nothing, met: nothing === 1 },
      { what: 'loads at once, emptied', goal: '≤ 64', measured: emptied.mostAtOnce, met: emptied.mostAtOnce <= 64 },
      {
        what: 'loads per order, emptied',
        goal: '≤ 2',
        measured: round(emptied.loads / ORDERS),
        met: emptied.loads <= 2 * ORDERS,
      },
    ],
    details: {
      inFlight: IN_FLIGHT,
      orders: ORDERS,
      hotShare: HOT_SHARE,
      hotOrders: HOT_ORDERS,
      counts,
      emptied,
      rounds,
    },
  };
}

const anOrder = (): string => String(Math.floor(Math.random() * (Math.random() < HOT_SHARE ? HOT_ORDERS : ORDERS)));

async function timed(read: (id: string) => Promise<boolean>) {
  const latencies: number[] = [];
  let missed = 0;
  const startedMs = performance.now();
  const work = async (): Promise<void> => {
    for (let now = performance.now(); now - startedMs < ROUND_MS; now = performance.now()) {
      if (!(await read(anOrder()))) missed += 1;
      latencies.push(performance.now() - now);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
  const elapsedMs = performance.now() - startedMs;
  return { perSec: Math.round((latencies.length / elapsedMs) * 1_000), missed, latency: quantilesOf(latencies) };
}

const slowly = <T>(row: T): Promise<T> => new Promise((resolve) => setTimeout(() => resolve(row), LOAD_MS));

async function coldKey(cache: TableCache): Promise<number> {
  let loads = 0;
  const load = () => {
    loads += 1;
    return slowly({ value: BASE, revision: 2 });
  };
  const id = `cold-${Date.now()}`;
  await Promise.all(Array.from({ length: CALLERS_OF_A_COLD_KEY }, () => cache.loadThrough('base', id, load)));
  return loads;
}

async function readsOfNothing(cache: TableCache): Promise<number> {
  let loads = 0;
  const load = () => {
    loads += 1;
    return slowly(undefined);
  };
  const id = `nothing-${Date.now()}`;
  const options = { absentForEver: true };
  while ((await cache.get('base', id)) !== ABSENT) await cache.loadThrough('base', id, load, options);
  for (let read = 0; read < READS_OF_NOTHING; read += 1) await cache.loadThrough('base', id, load, options);
  return loads;
}

/** All keys vanish at once while they are read; the loads are bounded, and each order is loaded once. */
async function emptiedUnderLoad(cache: TableCache, bare: Redis) {
  let [reads, loads, running, mostAtOnce] = [0, 0, 0, 0];
  const load = async () => {
    loads += 1;
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    const row = await slowly({ value: BASE, revision: 2 });
    running -= 1;
    return row;
  };
  const untilMs = performance.now() + ROUND_MS;
  const work = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      reads += 1;
      await cache.loadThrough('base', String(Math.floor(Math.random() * ORDERS)), load);
    }
  };
  const emptying = new Promise((resolve) => setTimeout(() => resolve(bare.flushdb()), ROUND_MS / 3));
  await Promise.all([emptying, ...Array.from({ length: 512 }, work)]);
  return { reads, loads, mostAtOnce };
}
