/**
 * Placements with the after-sale app at work on one order in a hundred, beside placements without it. Rounds take turns, and each round begins and
 * ends the after-sale app, so that whatever else the machine does meets both. The "floor" of this figure is the order app alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';

const ROUNDS = 3;
const SECONDS = 6;
const WARM_UP_SECONDS = 4;
const IN_FLIGHT = 256;
/** DOMAIN §6: the peak of ten million orders a day. */
const LUNCH_PER_SEC = 800;
const REVERSE_SHARE = 0.01;
/** Five in a hundred, either way. */
const TOLERANCE = 0.05;
const CAUGHT_UP_MS = 60_000;
const LOOK_EVERY_MS = 100;

interface Round {
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly refunds: number;
  readonly caughtUpMs: number;
}

export async function benchAftersale(bench: Bench): Promise<Figure> {
  await bench.startOrder('api');
  await bench.startOrder('worker');
  await place(bench, WARM_UP_SECONDS);
  const rounds: { readonly alone: Round; readonly beside: Round; readonly lunch: Lunch }[] = [];
  for (let count = 0; count < ROUNDS; count += 1) {
    const alone = await aloneRound(bench);
    const lunchAlone = await lunch(bench);
    const side = await bench.startAftersale();
    // Its first refunds compile it; the order app had its own warm-up, too.
    await besideRound(bench, side, alone.perSec, WARM_UP_SECONDS);
    const beside = await besideRound(bench, side, alone.perSec, SECONDS);
    const lunchBeside = await lunch(bench, side);
    await side.stop();
    rounds.push({ alone, beside, lunch: { alone: lunchAlone, beside: lunchBeside } });
    bench.say(
      `round ${count + 1}: alone ${Math.round(alone.perSec)}/s, with ${beside.refunds} refunds ${Math.round(beside.perSec)}/s; ` +
        `at ${LUNCH_PER_SEC}/s p50 ${lunchAlone.p50Ms} → ${lunchBeside.p50Ms} ms`,
    );
  }
  return figureOf(rounds);
}

interface Lunch {
  readonly alone: Answered;
  readonly beside: Answered;
}

interface Answered {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

type Side = Awaited<ReturnType<Bench['startAftersale']>>;

function figureOf(rounds: readonly { readonly alone: Round; readonly beside: Round; readonly lunch: Lunch }[]): Figure {
  const median = (of: (each: (typeof rounds)[number]) => number): number => medianOf(rounds.map(of));
  const perSec = median(({ beside }) => beside.perSec);
  const floorPerSec = median(({ alone }) => alone.perSec);
  const ratio = round(median(({ alone, beside }) => beside.perSec / alone.perSec));
  const p50Ratio = round(median(({ lunch: { alone, beside } }) => beside.p50Ms / alone.p50Ms));
  const [p50Ms, p99Ms] = [median(({ beside }) => beside.p50Ms), median(({ beside }) => beside.p99Ms)];
  const isNear = (value: number): boolean => Math.abs(value - 1) <= TOLERANCE;
  return {
    ...{ name: 'aftersale', perSec: round(perSec), floorPerSec: round(floorPerSec), ratio, p50Ms, p99Ms },
    goals: [
      { what: 'placements per second, times those without it', goal: '1 ± 0.05', measured: ratio, met: isNear(ratio) },
      {
        ...{ what: `placement p50 at ${LUNCH_PER_SEC}/s, times that without it`, goal: '1 ± 0.05', measured: p50Ratio },
        met: isNear(p50Ratio),
      },
    ],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, reverseShare: REVERSE_SHARE, rounds },
  };
}

async function aloneRound(bench: Bench): Promise<Round> {
  return { ...(await place(bench, SECONDS)), refunds: 0, caughtUpMs: 0 };
}

/** One order in a hundred of those that the round places ends with money in it. */
async function besideRound(bench: Bench, side: Side, perSec: number, seconds: number): Promise<Round> {
  const before = await side.refunds();
  const ending = bench.endOrders({ perSec: perSec * REVERSE_SHARE, seconds });
  const placed = await place(bench, seconds);
  const refunds = await ending;
  const caughtUpMs = await untilMoved(side, before.moved + refunds);
  return { ...placed, refunds, caughtUpMs };
}

async function place(bench: Bench, seconds: number): Promise<{ perSec: number; p50Ms: number; p99Ms: number }> {
  const load = await bench.load({ kind: 'place', seconds, inFlight: IN_FLIGHT, connections: IN_FLIGHT });
  const drainedAt = await bench.tables.drained();
  const perSec = round((load.acknowledged / (drainedAt - load.startedAt)) * 1_000);
  return { perSec, p50Ms: load.latency.p50Ms, p99Ms: load.latency.p99Ms };
}

/** The even pace of a large lunch, with or without its refunds. */
async function lunch(bench: Bench, side?: Side): Promise<Answered> {
  const before = await side?.refunds();
  const job = { perSec: LUNCH_PER_SEC * REVERSE_SHARE, seconds: SECONDS };
  const ending = side === undefined ? Promise.resolve(0) : bench.endOrders(job);
  const { latency } = await bench.load({
    ...{ kind: 'place', seconds: SECONDS, perSec: LUNCH_PER_SEC, connections: IN_FLIGHT },
  });
  const refunds = await ending;
  if (side !== undefined && before !== undefined) await untilMoved(side, before.moved + refunds);
  await bench.tables.drained();
  return { p50Ms: latency.p50Ms, p99Ms: latency.p99Ms };
}

/** The proof that the reverse side was at work: every order that ended got its money back, once. Answers how long after the round. */
async function untilMoved(side: Side, due: number): Promise<number> {
  const beganMs = performance.now();
  for (;;) {
    const { moved, doubled } = await side.refunds();
    if (doubled > 0) throw new Error(`${doubled} refund numbers moved money twice`);
    if (moved >= due) return round(performance.now() - beganMs);
    if (performance.now() - beganMs > CAUGHT_UP_MS) throw new Error(`${moved} of ${due} refunds have moved`);
    await sleep(LOOK_EVERY_MS);
  }
}
