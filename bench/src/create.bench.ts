/**
 * Orders placed over HTTP, counted when they are acknowledged, projected and published, beside the hand-written floor. Rounds of floor
 * and app take turns, so that whatever else the machine does meets both.
 */
import type { Bench } from './bench-run.js';
import { medianOf, quantilesOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 8;
const WARM_UP_SECONDS = 4;
/** A lunch peak has far more callers than this; rows of one shard begin to share statements from here. The floor keeps its 64 (DESIGN §3). */
const IN_FLIGHT = 256;
const PACED_SECONDS = 8;

export async function benchCreate(bench: Bench): Promise<Figure> {
  await bench.startOrder('api');
  await bench.startOrder('worker');
  await bench.floor({ kind: 'place', seconds: WARM_UP_SECONDS });
  await placeRound(bench, WARM_UP_SECONDS);
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const floor = await bench.floor({ kind: 'place', seconds: SECONDS });
    const ours = await placeRound(bench, SECONDS);
    rounds.push({ floor, ours });
    bench.say(`round ${count + 1}: floor ${Math.round(floor.perSec)}/s, create ${Math.round(ours.perSec)}/s`);
  }
  const perSec = medianOf(rounds.map(({ ours }) => ours.perSec));
  const floorPerSec = medianOf(rounds.map(({ floor }) => floor.perSec));
  const idle = await bench.load({ kind: 'place', seconds: 4, inFlight: 1, connections: 1 });
  const delivery = await deliveryAt(bench, Math.floor(perSec / 2));
  const p50Ms = medianOf(rounds.map(({ ours }) => ours.load.latency.p50Ms));
  const p99Ms = medianOf(rounds.map(({ ours }) => ours.load.latency.p99Ms));
  const ratio = round(perSec / floorPerSec);
  return {
    ...{ name: 'create', perSec: round(perSec), floorPerSec: round(floorPerSec), ratio, p50Ms, p99Ms },
    goals: [
      { what: 'times the floor', goal: '≥ 3', measured: ratio, met: ratio >= 3 },
      {
        what: 'placement p50 on an idle machine, ms',
        goal: '≤ 15',
        measured: idle.latency.p50Ms,
        met: idle.latency.p50Ms <= 15,
      },
      {
        ...{ what: 'commit to consumer p99 at half load, ms', goal: '≤ 150', measured: delivery.delivered.p99Ms },
        met: delivery.delivered.p99Ms <= 150,
      },
    ],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, rounds, idle, delivery },
  };
}

/** From the first request until every outbox is empty; the rows must be in both dimensions. */
async function placeRound(bench: Bench, seconds: number) {
  const before = await bench.tables.count();
  const load = await bench.load({ kind: 'place', seconds, inFlight: IN_FLIGHT, connections: IN_FLIGHT });
  const drainedAt = await bench.tables.drained();
  const after = await bench.tables.count();
  const stored = {
    user: after.user - before.user,
    merchant: after.merchant - before.merchant,
    events: after.events - before.events,
  };
  // An order that was stored but not acknowledged (a broken connection) is no error; the other way round is.
  if (stored.user < load.acknowledged || stored.merchant !== stored.user || stored.events !== stored.user) {
    throw new Error(`${load.acknowledged} orders were acknowledged, but the tables hold ${JSON.stringify(stored)}`);
  }
  const elapsedMs = drainedAt - load.startedAt;
  const drainMs = round(elapsedMs - load.elapsedMs);
  return { perSec: round((load.acknowledged / elapsedMs) * 1_000), elapsedMs, drainMs, stored, load };
}

/** Event time (the moment before the commit) to arrival at a consumer of its own process, at half of the maximum, at an even pace. */
async function deliveryAt(bench: Bench, perSec: number) {
  const consumer = await bench.startConsumer();
  const load = await bench.load({ kind: 'place', seconds: PACED_SECONDS, perSec, connections: IN_FLIGHT });
  await bench.tables.drained();
  const delaysMs = await consumer.collect();
  const expected = load.acknowledged;
  return { perSec, expected, received: delaysMs.length, delivered: quantilesOf(delaysMs), load };
}
