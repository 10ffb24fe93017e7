/**
 * A merchant's list and counts over HTTP in shards of ten thousand, a hundred thousand and a million orders: merchants of one size among
 * ever more others. The shards lie on one node and take turns, so that what disturbs one round disturbs all of them. The floor is the
 * smallest shard.
 */
import type { Bench } from './bench-run.js';
import { ShardTables } from './reads/shard-tables.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure, Goal } from './reporting/result-file.js';

/** Even ones lie on the same of two nodes. */
const SIZES = [
  { shard: 50, merchants: 7 },
  { shard: 52, merchants: 67 },
  { shard: 54, merchants: 667 },
] as const;
const ORDERS_OF_A_MERCHANT = 1_500;
/** Orders of a merchant and day are a tenth of that. */
const DAYS = 10;
const LAST_DAY = '2026-11-20';
const ROUNDS = 7;
const SECONDS = 1.5;
/** Few at once: the answer's own time is asked for, not that of the queue before it. */
const IN_FLIGHT = 2;
const ASKED_MERCHANTS = 7;
const FLAT = 1.2;
/** Above every number that the app gives out, below those of other benches. */
const FIRST_ORDER_ID = 7_000_000_000_000_000_000n;

type Kind = 'list' | 'filtered' | 'counts';
const QUERIES: Readonly<Record<Kind, string>> = {
  list: 'orders?limit=20',
  filtered: `orders?status=COMPLETED&businessDate=${LAST_DAY}&limit=20`,
  counts: `order-counts?businessDate=${LAST_DAY}`,
};
const KINDS = Object.keys(QUERIES) as Kind[];

export async function benchLists(bench: Bench): Promise<Figure> {
  const tables = new ShardTables(process.env);
  try {
    const held: number[] = [];
    for (const { shard, merchants } of SIZES) {
      const count = merchants * ORDERS_OF_A_MERCHANT;
      const firstOrderId = FIRST_ORDER_ID + BigInt(shard) * 10_000_000n;
      const bulk = { firstOrderId, count, merchantId: String(merchantAt(shard, 0)), merchants };
      held.push(await tables.fill(shard, { ...bulk, lastDay: LAST_DAY, perDay: Math.ceil(count / DAYS) }));
      bench.say(`shard ${shard} holds ${held.at(-1)} orders of ${merchants} merchants`);
    }
    return await measured(bench, held);
  } finally {
    await tables.close();
  }
}

async function measured(bench: Bench, held: readonly number[]): Promise<Figure> {
  await bench.startOrder('api');
  const ask = (shard: number, kind: Kind, seconds: number) =>
    bench.load({ kind: 'paths', paths: pathsOf(shard, kind), seconds, inFlight: IN_FLIGHT, connections: IN_FLIGHT });
  for (const { shard } of SIZES) for (const kind of KINDS) await ask(shard, kind, SECONDS);
  const p50: Record<Kind, number[][]> = { list: [], filtered: [], counts: [] };
  const rates: number[][] = SIZES.map(() => []);
  const latencies = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    for (const kind of KINDS) {
      const results = [];
      for (const { shard } of SIZES) results.push(await ask(shard, kind, SECONDS));
      p50[kind].push(results.map(({ latency }) => latency.p50Ms));
      latencies.push({ kind, results: results.map(({ latency, failures }) => ({ ...latency, failures })) });
      if (kind === 'list') results.forEach((each, at) => rates[at]?.push((each.acknowledged / each.elapsedMs) * 1_000));
    }
  }
  const medians = (kind: Kind): number[] =>
    SIZES.map((_, at) => round(medianOf(p50[kind].map((each) => each[at] ?? 0))));
  for (const kind of KINDS) bench.say(`${kind}: p50 ${medians(kind).join(' / ')} ms at ${held.join(' / ')} orders`);
  const goals: Goal[] = KINDS.map((kind) => {
    // Of each round's own ratio: a disturbed round is one of seven.
    const ratio = round(medianOf(p50[kind].map((each) => (each[2] ?? 0) / (each[0] ?? 1))));
    return {
      what: `${kind}: p50 at ${held[2]} orders against ${held[0]}`,
      goal: `≤ ${FLAT}`,
      measured: ratio,
      met: ratio <= FLAT,
    };
  });
  const [perSec, floorPerSec] = [medianOf(rates[2] ?? []), medianOf(rates[0] ?? [])];
  return {
    ...{ name: 'lists', perSec, floorPerSec, ratio: round(perSec / floorPerSec) },
    ...{
      p50Ms: medians('list')[2] ?? 0,
      p99Ms: round(medianOf(latencies.map(({ results }) => results[2]?.p99Ms ?? 0))),
    },
    goals,
    details: {
      inFlight: IN_FLIGHT,
      orders: held,
      p50Ms: Object.fromEntries(KINDS.map((kind) => [kind, medians(kind)])),
      latencies,
    },
  };
}

const merchantAt = (shard: number, index: number): number => 900_000_000_000 + shard + 120 * index;

/** Evenly among the merchants of the shard. */
function pathsOf(shard: number, kind: Kind): string[] {
  const merchants = SIZES.find((size) => size.shard === shard)?.merchants ?? 1;
  return Array.from({ length: ASKED_MERCHANTS }, (_, index) => {
    const merchantId = merchantAt(shard, Math.floor((index * merchants) / ASKED_MERCHANTS));
    return `/v1/merchants/${merchantId}/${QUERIES[kind]}`;
  });
}
