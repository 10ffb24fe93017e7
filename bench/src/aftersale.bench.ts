/**
 * Placements with the after-sale app at work on one order in a hundred, beside placements without it. Either way one order in a hundred is paid
 * and ended; alone, its event waits for the after-sale app, which catches up before it is measured. Rounds mirror each other (alone, beside,
 * beside, alone), so that a machine that gets slower or faster meanwhile meets both. The "floor" of this figure is the order app alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { MachineUse, type Use } from './subject/machine-use.js';

/** Of two rounds each. */
const PAIRS = 2;
const SECONDS = 6;
const WARM_UP_SECONDS = 4;
const IN_FLIGHT = 256;
const REVERSE_SHARE = 0.01;
/** Five in a hundred, either way. */
const TOLERANCE = 0.05;
const CAUGHT_UP_MS = 60_000;
const LOOK_EVERY_MS = 100;
/** What full load is about; it says only how many orders end meanwhile. */
const EXPECTED_PER_SEC = 1_000;

/** `perSec`: until both dimensions and the broker have all of it; `use`: what the machine spent on it, per second. */
interface Measured {
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ended: number;
  readonly use: Use;
}

/** At full load, and at two paces at which answers are timed: half of it, and a fifth, where cores are left over. */
interface Measures {
  readonly full: Measured;
  readonly half: Measured;
  readonly fifth: Measured;
}

interface Round {
  readonly alone: Measures;
  readonly beside: Measures;
}

type Side = Awaited<ReturnType<Bench['startAftersale']>>;

export async function benchAftersale(bench: Bench): Promise<Figure> {
  const machine = new MachineUse(process.env);
  try {
    await bench.startOrder('api');
    await bench.startOrder('worker');
    const { perSec } = await measured(bench, machine, WARM_UP_SECONDS);
    const rounds: Round[] = [];
    const caughtUpMs: number[] = [];
    let waiting = 0;
    for (let count = 1; count <= PAIRS; count += 1) {
      const pair = await twoRounds(bench, machine, rounds[0]?.alone.full.perSec ?? perSec, waiting);
      for (const round of pair.rounds) say(bench, rounds.push(round), round);
      caughtUpMs.push(pair.caughtUpMs);
      waiting = pair.waiting;
    }
    return figureOf(rounds, caughtUpMs);
  } finally {
    await machine.close();
  }
}

function say(bench: Bench, count: number, { alone, beside }: Round): void {
  bench.say(
    `round ${count}: ${alone.full.perSec} → ${beside.full.perSec}/s with ${beside.full.ended} refunds; ` +
      `p50 at half of it ${alone.half.p50Ms} → ${beside.half.p50Ms} ms, at a fifth ${alone.fifth.p50Ms} → ${beside.fifth.p50Ms} ms`,
  );
}

interface Pair {
  readonly rounds: readonly [Round, Round];
  readonly caughtUpMs: number;
  /** Orders that have ended and whose money nobody has given back yet. */
  readonly waiting: number;
}

/** `perSec`: the full load as far as it is known; `waiting`: as the pair before left it. */
async function twoRounds(bench: Bench, machine: MachineUse, perSec: number, waiting: number): Promise<Pair> {
  const before = await measures(bench, machine, perSec);
  const { first, second, caughtUpMs } = await besideIt(bench, machine, perSec, waiting + endedIn(before));
  const after = await measures(bench, machine, perSec);
  const rounds = [
    { alone: before, beside: first },
    { alone: after, beside: second },
  ] as const;
  return { rounds, caughtUpMs, waiting: endedIn(after) };
}

interface Beside {
  readonly first: Measures;
  readonly second: Measures;
  readonly caughtUpMs: number;
}

async function besideIt(bench: Bench, machine: MachineUse, perSec: number, waiting: number): Promise<Beside> {
  const side = await bench.startAftersale();
  try {
    // Its first refunds compile it, those of the measurements without it among them; the order app had its own warm-up, too.
    const warm = await measured(bench, machine, WARM_UP_SECONDS, perSec / 2);
    await untilMoved(side, waiting + warm.ended);
    const { moved } = await side.refunds();
    const first = await measures(bench, machine, perSec);
    const second = await measures(bench, machine, perSec);
    return { first, second, caughtUpMs: await untilMoved(side, moved + endedIn(first) + endedIn(second)) };
  } finally {
    await side.stop();
  }
}

const endedIn = ({ full, half, fifth }: Measures): number => full.ended + half.ended + fifth.ended;

async function measures(bench: Bench, machine: MachineUse, perSec: number): Promise<Measures> {
  const full = await measured(bench, machine, SECONDS);
  const half = await measured(bench, machine, SECONDS, perSec / 2);
  const fifth = await measured(bench, machine, SECONDS, perSec / 5);
  return { full, half, fifth };
}

/** Places at full load or at the pace `perSec`, and meanwhile ends one order in a hundred with money in it. */
async function measured(bench: Bench, machine: MachineUse, seconds: number, perSec?: number): Promise<Measured> {
  const pace = perSec ?? EXPECTED_PER_SEC;
  const meter = await machine.start();
  const ending = bench.endOrders({ perSec: pace * REVERSE_SHARE, seconds });
  const job = { kind: 'place', seconds, connections: IN_FLIGHT } as const;
  const load = await bench.load({ ...job, ...(perSec === undefined ? { inFlight: IN_FLIGHT } : { perSec }) });
  const ended = await ending;
  const drainedAt = await bench.tables.drained();
  const { p50Ms, p99Ms } = load.latency;
  const rate = round((load.acknowledged / (drainedAt - load.startedAt)) * 1_000);
  return { perSec: rate, p50Ms, p99Ms, ended, use: await meter.stop() };
}

function figureOf(rounds: readonly Round[], caughtUpMs: readonly number[]): Figure {
  const median = (of: (each: Round) => number): number => medianOf(rounds.map(of));
  const ratio = round(median(({ alone, beside }) => beside.full.perSec / alone.full.perSec));
  const p50Times = (pace: 'half' | 'fifth'): number =>
    round(median(({ alone, beside }) => beside[pace].p50Ms / alone[pace].p50Ms));
  const goal = (what: string, value: number): Figure['goals'][number] => ({
    ...{ what, goal: '1 ± 0.05', measured: value, met: Math.abs(value - 1) <= TOLERANCE },
  });
  return {
    ...{ name: 'aftersale', ratio, perSec: round(median(({ beside }) => beside.full.perSec)) },
    floorPerSec: round(median(({ alone }) => alone.full.perSec)),
    ...{ p50Ms: median(({ beside }) => beside.half.p50Ms), p99Ms: median(({ beside }) => beside.half.p99Ms) },
    goals: [
      goal('placements per second at full load, times those without it', ratio),
      goal('placement p50 at half of full load, times that without it', p50Times('half')),
      goal('placement p50 at a fifth of full load, times that without it', p50Times('fifth')),
    ],
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, reverseShare: REVERSE_SHARE, caughtUpMs, rounds },
  };
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
