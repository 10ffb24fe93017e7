/**
 * What a worker that was away leaves behind: the drain of 100,000 rows beside a hand-written relay (one row at a time, 64 in parallel),
 * and what the standing backlog does to placements. The worker is stopped while the backlog grows, and placements are timed once with
 * an outbox that begins empty and once with the backlog standing, both without a worker.
 */
import type { Bench } from './bench-run.js';
import type { LoadResult } from './load/load-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const BACKLOG = 100_000;
const FLOOR_SECONDS = 6;
/** Short enough that the outbox of the first of the two stays small beside the backlog. */
const PLACE_SECONDS = 5;
const IN_FLIGHT = 128;
const GOAL_PER_SEC = 6_000;
const WORST_SLOWDOWN = 0.1;

export async function benchRelay(bench: Bench): Promise<Figure> {
  await bench.startOrder('api');
  await bench.load({ kind: 'place', seconds: PLACE_SECONDS, ...callers });
  await bench.floor({ kind: 'relay', seconds: 2 });
  await drain(bench);
  const rounds = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const each = await relayRound(bench);
    rounds.push(each);
    const { floor, drained, slowdown } = each;
    bench.say(
      `round ${count + 1}: floor ${Math.round(floor.perSec)}/s, drain ${Math.round(drained.perSec)}/s, slow-down ${round(slowdown * 100)} %`,
    );
  }
  const perSec = medianOf(rounds.map((each) => each.drained.perSec));
  const floorPerSec = medianOf(rounds.map((each) => each.floor.perSec));
  const slowdown = round(medianOf(rounds.map((each) => each.slowdown)));
  return {
    ...{ name: 'relay', perSec: round(perSec), floorPerSec: round(floorPerSec), ratio: round(perSec / floorPerSec) },
    p50Ms: medianOf(rounds.map((each) => each.standing.latency.p50Ms)),
    p99Ms: medianOf(rounds.map((each) => each.standing.latency.p99Ms)),
    goals: [
      {
        what: `events/s from a backlog of ${BACKLOG}`,
        goal: `≥ ${GOAL_PER_SEC}`,
        measured: perSec,
        met: perSec >= GOAL_PER_SEC,
      },
      {
        what: 'slow-down of placements by the backlog',
        goal: `≤ ${WORST_SLOWDOWN}`,
        measured: slowdown,
        met: slowdown <= WORST_SLOWDOWN,
      },
    ],
    details: { backlog: BACKLOG, inFlight: IN_FLIGHT, latencyIs: 'of placements while the backlog stands', rounds },
  };
}

const callers = { inFlight: IN_FLIGHT, connections: IN_FLIGHT };

async function relayRound(bench: Bench) {
  const floor = await bench.floor({ kind: 'relay', seconds: FLOOR_SECONDS });
  const empty = await bench.load({ kind: 'place', seconds: PLACE_SECONDS, ...callers });
  const missing = BACKLOG - (await bench.tables.waiting());
  await bench.load({ kind: 'place', seconds: 120, count: Math.max(0, missing), ...callers });
  const standing = await bench.load({ kind: 'place', seconds: PLACE_SECONDS, ...callers });
  const slowdown = 1 - rateOf(standing) / rateOf(empty);
  return { floor, empty, standing, slowdown, drained: await drain(bench) };
}

/** Counts what is left once the worker serves, so that its start is not part of the figure. */
async function drain(bench: Bench) {
  await bench.startOrder('worker');
  const startedAt = Date.now();
  const events = await bench.tables.waiting();
  const elapsedMs = (await bench.tables.drained()) - startedAt;
  await bench.stopOrder('worker');
  return { events, elapsedMs, perSec: (events / elapsedMs) * 1_000 };
}

const rateOf = ({ acknowledged, elapsedMs }: LoadResult): number => acknowledged / elapsedMs;
