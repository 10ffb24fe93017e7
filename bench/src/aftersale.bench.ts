/**
 * Placements with the after-sale app at work on one order in a hundred, beside placements without it. Either way one order in a hundred is paid
 * and ended. Without it the app is frozen: its events wait, and it catches up before it is measured again. What is measured is a steady state:
 * orders end at the pace of a measurement for some seconds before it begins, and paces rise, so that what a slower one leaves behind is little.
 * Measurements take turns in mirrored order (without, with; with, without), so that a machine that gets slower or faster meanwhile meets both; a
 * figure is the median of what each two such pairs say together. The "floor" of this figure is the order app alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { isApart } from './subject/forward-cores.js';
import { MachineUse, type Use } from './subject/machine-use.js';

const ROUNDS = 10;
const SECONDS = 4;
/** Before each measurement, at its pace: a refund takes two ticks of the timers, so as many are under way then as later. */
const LEAD_SECONDS = 3;
const WARM_UP_SECONDS = 6;
/** Refunds that are compiled code before the first is measured; both apps have a part in them. */
const WARM_UP_ENDS = 60;
/** After it was frozen it takes its partitions again, as no app that runs has to; and after it has caught up it has orders to tell and events to send. */
const SETTLED_MS = 2_000;
const TOLD_MS = 3_000;
const IN_FLIGHT = 256;
const REVERSE_SHARE = 0.01;
/** Five in a hundred, either way. */
const TOLERANCE = 0.05;
const CAUGHT_UP_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * Shares of what the order app alone did at full load a moment before; at full load there is no pace. Answers are timed where cores are left
 * over: half of full load takes as much of the machine as full load does, because batches are smaller, and times a queue.
 */
const PACES = { tenth: 1 / 10, fifth: 1 / 5, full: undefined } as const;
type Pace = keyof typeof PACES;
const paces = Object.keys(PACES) as readonly Pace[];

/** `perSec`: until both dimensions and the broker have all of it; `use`: what the machine spent on it, per second. */
interface Measured {
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ended: number;
  readonly use: Use;
}

interface Pair {
  readonly pace: Pace;
  readonly alone: Measured;
  readonly beside: Measured;
}

type Side = Awaited<ReturnType<Bench['startAftersale']>>;

export async function benchAftersale(bench: Bench): Promise<Figure> {
  const machine = new MachineUse(process.env);
  const rounds = new AftersaleRounds(bench, machine);
  try {
    await rounds.warmUp();
    const pairs: Pair[] = [];
    for (let count = 0; count < ROUNDS; count += 1) {
      const round = await rounds.next(count % 2 === 1);
      pairs.push(...round);
      say(bench, count + 1, round);
    }
    return figureOf(pairs, rounds.caughtUpMs);
  } finally {
    await machine.close();
  }
}

class AftersaleRounds {
  readonly caughtUpMs: number[] = [];
  private side: Side | undefined;
  /** Orders that have ended in all, and the last known rate at full load. */
  private ended = 0;
  private fullPerSec = 0;

  constructor(
    private readonly bench: Bench,
    private readonly machine: MachineUse,
  ) {}

  async warmUp(): Promise<void> {
    await this.bench.startOrder('api');
    await this.bench.startOrder('worker');
    this.side = await this.bench.startAftersale();
    this.ended += await this.bench.endOrders({ perSec: WARM_UP_ENDS / WARM_UP_SECONDS, seconds: WARM_UP_SECONDS });
    await this.untilMoved();
    const { perSec } = await this.measured(undefined, WARM_UP_SECONDS);
    this.fullPerSec = perSec;
    await this.untilMoved();
  }

  /** One pair of every pace: all of them with the app, and all without. */
  async next(startsBeside: boolean): Promise<readonly Pair[]> {
    const first = await this.block(startsBeside);
    const second = await this.block(!startsBeside);
    const [alone, beside] = startsBeside ? [second, first] : [first, second];
    // Both blocks of a round have the same paces.
    this.fullPerSec = alone.full.perSec;
    return paces.map((pace) => ({ pace, alone: alone[pace], beside: beside[pace] }));
  }

  private async block(isBeside: boolean): Promise<Readonly<Record<Pace, Measured>>> {
    if (isBeside) {
      this.side?.return();
      await sleep(SETTLED_MS);
      await this.untilMoved();
    } else this.side?.leave();
    await sleep(TOLD_MS);
    const measured: Partial<Record<Pace, Measured>> = {};
    for (const pace of paces) {
      const share = PACES[pace];
      measured[pace] = await this.measured(share === undefined ? undefined : this.fullPerSec * share, SECONDS);
    }
    if (isBeside) this.caughtUpMs.push(await this.untilMoved());
    return measured as Record<Pace, Measured>;
  }

  /** Places at full load or at the pace `perSec`, and meanwhile ends one order in a hundred with money in it. */
  private async measured(perSec: number | undefined, seconds: number): Promise<Measured> {
    const ends = (perSec ?? this.fullPerSec) * REVERSE_SHARE;
    const leading = this.bench.endOrders({ perSec: ends, seconds: LEAD_SECONDS });
    await this.placed(perSec, LEAD_SECONDS);
    this.ended += await leading;
    const meter = await this.machine.start();
    const ending = this.bench.endOrders({ perSec: ends, seconds });
    const load = await this.placed(perSec, seconds);
    const ended = await ending;
    this.ended += ended;
    const drainedAt = await this.bench.tables.drained();
    const { p50Ms, p99Ms } = load.latency;
    const rate = round((load.acknowledged / (drainedAt - load.startedAt)) * 1_000);
    return { perSec: rate, p50Ms, p99Ms, ended, use: await meter.stop() };
  }

  private placed(perSec: number | undefined, seconds: number): ReturnType<Bench['load']> {
    const job = { kind: 'place', seconds, connections: IN_FLIGHT } as const;
    return this.bench.load({ ...job, ...(perSec === undefined ? { inFlight: IN_FLIGHT } : { perSec }) });
  }

  /** The proof that the reverse side was at work: every order that ended got its money back, once. Answers how long that took. */
  private async untilMoved(): Promise<number> {
    const beganMs = performance.now();
    for (;;) {
      const { moved = 0, doubled = 0 } = (await this.side?.refunds()) ?? {};
      if (doubled > 0) throw new Error(`${doubled} refund numbers moved money twice`);
      if (moved >= this.ended) return round(performance.now() - beganMs);
      if (performance.now() - beganMs > CAUGHT_UP_MS) throw new Error(`${moved} of ${this.ended} refunds have moved`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}

const ratioOf = ({ pace, alone, beside }: Pair): number =>
  pace === 'full' ? beside.perSec / alone.perSec : beside.p50Ms / alone.p50Ms;

function say(bench: Bench, count: number, pairs: readonly Pair[]): void {
  const parts = pairs.map(({ pace, alone, beside }) =>
    pace === 'full'
      ? `${alone.perSec} → ${beside.perSec}/s with ${beside.ended} refunds`
      : `p50 at a ${pace} of it ${alone.p50Ms} → ${beside.p50Ms} ms`,
  );
  bench.say(`round ${count}: ${parts.join('; ')}`);
}

/** Two pairs in mirrored order: the geometric mean of their ratios, from which an advantage of the first or the second falls out. */
function mirrored(ratios: readonly number[]): readonly number[] {
  return ratios.flatMap((ratio, at) => (at % 2 === 0 ? Math.sqrt(ratio * (ratios[at + 1] ?? ratio)) : []));
}

function figureOf(pairs: readonly Pair[], caughtUpMs: readonly number[]): Figure {
  const of = (pace: Pace): readonly Pair[] => pairs.filter((pair) => pair.pace === pace);
  const median = (pace: Pace, number: (pair: Pair) => number): number => round(medianOf(of(pace).map(number)));
  const goal = (what: string, pace: Pace): Figure['goals'][number] => {
    const value = round(medianOf(mirrored(of(pace).map(ratioOf))));
    return { what, goal: '1 ± 0.05', measured: value, met: Math.abs(value - 1) <= TOLERANCE };
  };
  const goals = [
    goal('placements per second at full load, times those without it', 'full'),
    goal('placement p50 at a fifth of full load, times that without it', 'fifth'),
    goal('placement p50 at a tenth of full load, times that without it', 'tenth'),
  ];
  return {
    ...{ name: isApart() ? 'aftersale-apart' : 'aftersale', ratio: goals[0]?.measured ?? Number.NaN, goals },
    perSec: median('full', ({ beside }) => beside.perSec),
    floorPerSec: median('full', ({ alone }) => alone.perSec),
    p50Ms: median('fifth', ({ beside }) => beside.p50Ms),
    p99Ms: median('fifth', ({ beside }) => beside.p99Ms),
    details: { inFlight: IN_FLIGHT, secondsEach: SECONDS, reverseShare: REVERSE_SHARE, caughtUpMs, pairs },
  };
}
