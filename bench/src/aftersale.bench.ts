/**
 * Placements with the after-sale app at work on one order in a hundred, beside placements without it. Either way one order in a hundred is paid
 * and ended; alone, its event waits for the after-sale app, which catches up before it is measured. Rounds take turns, and each begins and ends
 * the after-sale app, so that whatever else the machine does meets both. The "floor" of this figure is the order app alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { MachineUse, type Use } from './subject/machine-use.js';

const ROUNDS = 3;
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
  readonly caughtUpMs: number;
}

type Side = Awaited<ReturnType<Bench['startAftersale']>>;

export async function benchAftersale(bench: Bench): Promise<Figure> {
  const machine = new MachineUse(process.env);
  try {
    await bench.startOrder('api');
    await bench.startOrder('worker');
    const { perSec } = await measured(bench, machine, WARM_UP_SECONDS);
    const rounds: Round[] = [];
    for (let count = 1; count <= ROUNDS; count += 1) {
      const done = await oneRound(bench, machine, rounds[0]?.alone.full.perSec ?? perSec);
      rounds.push(done);
      const { alone, beside } = done;
      bench.say(
        `round ${count}: ${alone.full.perSec} → ${beside.full.perSec}/s with ${beside.full.ended} refunds; ` +
          `p50 at half of it ${alone.half.p50Ms} → ${beside.half.p50Ms} ms, at a fifth ${alone.fifth.p50Ms} → ${beside.fifth.p50Ms} ms`,
      );
    }
    return figureOf(rounds);
  } finally {
    await machine.close();
  }
}

/** `perSec`: the full load as far as it is known. */
async function oneRound(bench: Bench, machine: MachineUse, perSec: number): Promise<Round> {
  const alone = await measures(bench, machine, perSec);
  const side = await bench.startAftersale();
  try {
    // Its first refunds compile it, those of the measurements without it among them; the order app had its own warm-up, too.
    const warm = await measured(bench, machine, WARM_UP_SECONDS, perSec / 2);
    await untilMoved(side, endedIn(alone) + warm.ended);
    const before = await side.refunds();
    const beside = await measures(bench, machine, perSec);
    const caughtUpMs = await untilMoved(side, before.moved + endedIn(beside));
    return { alone, beside, caughtUpMs };
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

function figureOf(rounds: readonly Round[]): Figure {
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
    details: { inFlight: IN_FLIGHT, secondsPerRound: SECONDS, reverseShare: REVERSE_SHARE, rounds },
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
