/**
 * Payment and acceptance over HTTP on orders that were placed before the clock starts, counted when they are acknowledged, projected and
 * published, beside the hand-written transition. An acknowledged payment and an acknowledged acceptance count one each.
 */
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 8;
const WARM_UP_SECONDS = 3;
const IN_FLIGHT = 128;
/** Two transitions each; more than a round could use up, so that no round ends early. */
const ORDERS_PER_SECOND = 2_500;

export async function benchTransition(bench: Bench): Promise<Figure> {
  await bench.startOrder('api');
  await bench.startOrder('worker');
  await bench.floor({ kind: 'transition', seconds: WARM_UP_SECONDS });
  await transitionRound(bench, WARM_UP_SECONDS);
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const floor = await bench.floor({ kind: 'transition', seconds: SECONDS });
    const ours = await transitionRound(bench, SECONDS);
    rounds.push({ floor, ours });
    bench.say(`round ${count + 1}: floor ${Math.round(floor.perSec)}/s, transition ${Math.round(ours.perSec)}/s`);
  }
  const perSec = medianOf(rounds.map(({ ours }) => ours.perSec));
  const floorPerSec = medianOf(rounds.map(({ floor }) => floor.perSec));
  const ratio = round(perSec / floorPerSec);
  return {
    ...{ name: 'transition', perSec: round(perSec), floorPerSec: round(floorPerSec), ratio },
    p50Ms: round(medianOf(rounds.map(({ ours }) => ours.load.latency.p50Ms))),
    p99Ms: round(medianOf(rounds.map(({ ours }) => ours.load.latency.p99Ms))),
    goals: [{ what: 'times the floor', goal: '≥ 3', measured: ratio, met: ratio >= 3 }],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, rounds },
  };
}

async function transitionRound(bench: Bench, seconds: number) {
  const callers = { inFlight: IN_FLIGHT, connections: IN_FLIGHT };
  await bench.load({ kind: 'supply', seconds: 120, count: seconds * ORDERS_PER_SECOND, ...callers });
  await bench.tables.drained();
  const before = await bench.tables.count();
  const load = await bench.load({ kind: 'advance', seconds, ...callers });
  const drainedAt = await bench.tables.drained();
  const events = (await bench.tables.count()).events - before.events;
  if (events < load.acknowledged)
    throw new Error(`${load.acknowledged} transitions were acknowledged, ${events} projected`);
  const elapsedMs = drainedAt - load.startedAt;
  return {
    perSec: round((load.acknowledged / elapsedMs) * 1_000),
    elapsedMs,
    drainMs: elapsedMs - load.elapsedMs,
    events,
    load,
  };
}
