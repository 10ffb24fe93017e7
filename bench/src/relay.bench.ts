/**
 * What a worker that was away leaves behind: the drain of 100,000 rows beside a hand-written relay (one row at a time, 64 in parallel),
 * and what the standing backlog does to placements: without a worker, they are timed in turns with an empty outbox and with the backlog.
 */
import type { Bench } from './bench-run.js';
import type { LoadResult } from './load/load-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const BACKLOG = 100_000;
const FLOOR_SECONDS = 6;
/** Short turns of placements without and with the backlog: a disturbance of some seconds spoils one of them, and not the median. */
const TURNS = 4;
const PLACE_SECONDS = 2;
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
  const turns = rounds.flatMap((each) => each.turns);
  const slowdown = round(medianOf(turns.map(({ empty, standing }) => 1 - rateOf(standing) / rateOf(empty))));
  return {
    ...{ name: 'relay', perSec: round(perSec), floorPerSec: round(floorPerSec), ratio: round(perSec / floorPerSec) },
    p50Ms: round(medianOf(turns.map(({ standing }) => standing.latency.p50Ms))),
    p99Ms: round(medianOf(turns.map(({ standing }) => standing.latency.p99Ms))),
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
  const missing = BACKLOG - (await bench.tables.waiting());
  await bench.load({ kind: 'place', seconds: 120, count: Math.max(0, missing), ...callers });
  const turns = [];
  for (let count = 0; count < TURNS; count += 1) turns.push(await placementTurn(bench, count % 2 === 1));
  const slowdown = medianOf(turns.map((turn) => 1 - rateOf(turn.standing) / rateOf(turn.empty)));
  return { floor, turns, slowdown, drained: await drain(bench) };
}

/**
 * Placements with an empty outbox and with the backlog, one right after the other; whatever is left aside joins the outbox in the end.
 * Every other turn begins with the backlog, because the database still writes back pages of the first half during the second.
 */
async function placementTurn(bench: Bench, backlogFirst: boolean) {
  try {
    if (!backlogFirst) await bench.tables.swapOutbox();
    const first = await bench.load({ kind: 'place', seconds: PLACE_SECONDS, ...callers });
    await bench.tables.swapOutbox();
    const second = await bench.load({ kind: 'place', seconds: PLACE_SECONDS, ...callers });
    return backlogFirst ? { empty: second, standing: first } : { empty: first, standing: second };
  } finally {
    await bench.tables.joinOutboxes();
  }
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
