/**
 * A poll of a feed in which nothing changed, beside a bare Fastify + ioredis GET of the same few bytes: one process each, the same callers.
 * And what ten thousand of them cost the database, by the servers' own counters.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { ShardTables } from './reads/shard-tables.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 6;
const WARM_UP_SECONDS = 3;
const IN_FLIGHT = 64;
const ORDERS = 600;
const COUNTED_POLLS = 10_000;
/** A lease that is renewed falls into some windows, polls or not: the median of each kind is compared. */
const WINDOWS = 5;
const SHARE = 0.6;

export async function benchFeed(bench: Bench): Promise<Figure> {
  // One service asks for everybody here.
  process.env['ORDO_READS_SERVICE_PER_MINUTE'] = '10000000';
  const tables = new ShardTables(process.env);
  try {
    return await measured(bench, tables);
  } finally {
    await tables.close();
  }
}

async function measured(bench: Bench, tables: ShardTables): Promise<Figure> {
  await bench.startOrder('api');
  await bench.startOrder('worker');
  const callers = { inFlight: IN_FLIGHT, connections: IN_FLIGHT };
  await bench.load({ kind: 'supply', seconds: 60, count: ORDERS, ...callers });
  await bench.load({ kind: 'advance', seconds: 60, ...callers });
  await bench.tables.drained();
  // Nothing changes from here on, and the worker's own polling of the outbox is no part of what is counted.
  await bench.stopOrder('worker');
  const feeds = await tables.feeds();
  const paths = feeds.map(([merchantId, version]) => `/v1/merchants/${merchantId}/feed?after=${version}`);
  const polls = { kind: 'paths', paths, expected: 304, ...callers } as const;
  const bareOrigin = await bench.startBareRead(feeds.map(([merchantId, version]) => [merchantId, String(version)]));
  const barePaths = feeds.map(([merchantId]) => `/v1/orders/${merchantId}`);
  const bareReads = { kind: 'paths', paths: barePaths, origin: bareOrigin, ...callers } as const;
  await bench.load({ ...polls, seconds: WARM_UP_SECONDS });
  await bench.load({ ...bareReads, seconds: WARM_UP_SECONDS });
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const each = {
      floor: await bench.load({ ...bareReads, seconds: SECONDS }),
      ours: await bench.load({ ...polls, seconds: SECONDS }),
    };
    rounds.push(each);
    bench.say(`round ${count + 1}: bare ${rateOf(each.floor)}/s, unchanged polls ${rateOf(each.ours)}/s`);
  }
  const windows = [];
  for (let count = 0; count < WINDOWS; count += 1) {
    windows.push(await statementsOf(tables, () => bench.load({ ...polls, seconds: 30, count: COUNTED_POLLS })));
  }
  const statements = medianOf(windows.map(({ polling }) => polling));
  bench.say(`statements in ${COUNTED_POLLS} polls ${JSON.stringify(windows.map((each) => each.polling))}`);
  bench.say(`statements in as long without polls ${JSON.stringify(windows.map((each) => each.idle))}`);
  const perSec = medianOf(rounds.map((each) => rateOf(each.ours)));
  const floorPerSec = medianOf(rounds.map((each) => rateOf(each.floor)));
  const ratio = round(perSec / floorPerSec);
  const failures = rounds.flatMap(({ ours, floor }) => [ours.failures, floor.failures]);
  return {
    ...{ name: 'feed', perSec, floorPerSec, ratio },
    p50Ms: round(medianOf(rounds.map((each) => each.ours.latency.p50Ms))),
    p99Ms: round(medianOf(rounds.map((each) => each.ours.latency.p99Ms))),
    goals: [
      { what: 'share of the bare GET', goal: `≥ ${SHARE}`, measured: ratio, met: ratio >= SHARE },
      { what: `database statements in ${COUNTED_POLLS} polls`, goal: '0', measured: statements, met: statements === 0 },
    ],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, merchants: feeds.length, failures, windows, rounds },
  };
}

/** What the servers counted while `work` ran, and in as long a time without it. */
async function statementsOf(
  tables: ShardTables,
  work: () => Promise<{ readonly acknowledged: number }>,
): Promise<{ polls: number; polling: number; idle: number; tookMs: number }> {
  const before = await tables.statements();
  const startedMs = performance.now();
  const { acknowledged: polls } = await work();
  const tookMs = Math.round(performance.now() - startedMs);
  const after = await tables.statements();
  // The look itself is one statement on no row, and not of the kinds that are counted.
  await sleep(tookMs);
  const idle = (await tables.statements()) - after;
  return { polls, polling: after - before, idle, tookMs };
}

const rateOf = ({ acknowledged, elapsedMs }: { acknowledged: number; elapsedMs: number }): number =>
  Math.round((acknowledged / elapsedMs) * 1_000);
