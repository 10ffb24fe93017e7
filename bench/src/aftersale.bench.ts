/**
 * Placements with the after-sale app at work on one order in a hundred, beside placements without it. Either way one order in a hundred is paid
 * and ended, and placements go on without a pause. Without it the app is frozen for two seconds and a half: too short for its leases to run out,
 * and what waits for it then is caught up before it is measured again, so that a figure has the work of its own share and no other. This machine
 * changes its speed within a minute: measurements are short, take turns, and each with the app is compared with the one before and the one after
 * it without. The "floor" of this figure is the order app alone.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench-run.js';
import { medianOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { isApart } from './subject/forward-cores.js';
import { MachineUse, type Use } from './subject/machine-use.js';

/** Of each pace, with the app; and one more without. */
const TURNS = 20;
const SECONDS = 2;
/** Of the pace, before each measurement: until what went on before it is over. A refund takes three ticks of the timers. */
const LEAD_SECONDS = { alone: 0.5, beside: 4 } as const;
const WARM_UP_SECONDS = 6;
/** Refunds that are compiled code before the first is measured; both apps have a part in them. */
const WARM_UP_ENDS = 60;
const IN_FLIGHT = 256;
const REVERSE_SHARE = 0.01;
/** Five in a hundred; faster with the app than without it is chance. */
const TOLERANCE = 0.05;
const CAUGHT_UP_MS = 60_000;
const LOOK_EVERY_MS = 50;
const SETTLED_MS = 5_000;

/**
 * Shares of what the order app alone did at full load a moment before; at full load there is no pace. Answers are timed where cores are left
 * over: half of full load takes as much of the machine as full load does, because batches are smaller, and times a queue.
 */
const PACES = { full: undefined, fifth: 1 / 5, tenth: 1 / 10 } as const;
type Pace = keyof typeof PACES;
const paces = Object.keys(PACES) as readonly Pace[];
const nameOf: Readonly<Record<Pace, string>> = {
  tenth: 'placement p50 at a tenth of full load',
  fifth: 'placement p50 at a fifth of full load',
  full: 'placements per second at full load',
};

/** `perSec`: until both dimensions and the broker have all of it; `use`: what the machine spent on it, per second. */
interface Measured {
  readonly perSec: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly ended: number;
  readonly use: Use;
}

/** One measurement with the app, and those without it before and after. */
interface Turn {
  readonly pace: Pace;
  readonly before: Measured;
  readonly beside: Measured;
  readonly after: Measured;
}

type Side = Awaited<ReturnType<Bench['startAftersale']>>;

export async function benchAftersale(bench: Bench): Promise<Figure> {
  const machine = new MachineUse(process.env);
  const subject = new AftersaleTurns(bench, machine);
  try {
    await subject.warmUp();
    const turns: Turn[] = [];
    for (const pace of paces) turns.push(...(await subject.turns(pace)));
    return figureOf(turns, subject.caughtUpMs);
  } finally {
    await machine.close();
  }
}

class AftersaleTurns {
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
    const { perSec } = await this.measured(undefined, WARM_UP_SECONDS, WARM_UP_SECONDS);
    this.fullPerSec = perSec;
    await this.untilMoved();
  }

  async turns(pace: Pace): Promise<readonly Turn[]> {
    const share = PACES[pace];
    const perSec = share === undefined ? undefined : this.fullPerSec * share;
    const turns: Turn[] = [];
    let before = await this.alone(perSec);
    while (turns.length < TURNS) {
      const beside = await this.beside(perSec);
      const after = await this.alone(perSec);
      turns.push({ pace, before, beside, after });
      before = after;
      const ratio = round(ratioOf({ pace, before, beside, after }));
      this.bench.say(`${nameOf[pace]}, turn ${turns.length}: ${ratio} times that without it, ${beside.ended} refunds`);
    }
    this.side?.return();
    this.caughtUpMs.push(await this.untilMoved());
    if (pace === 'full') this.fullPerSec = medianOf(turns.map(({ before }) => before.perSec));
    // Full load leaves pages behind that the servers still have to write.
    await sleep(SETTLED_MS);
    return turns;
  }

  private alone(perSec: number | undefined): Promise<Measured> {
    this.side?.leave();
    return this.measured(perSec, LEAD_SECONDS.alone, SECONDS);
  }

  private beside(perSec: number | undefined): Promise<Measured> {
    this.side?.return();
    return this.measured(perSec, LEAD_SECONDS.beside, SECONDS);
  }

  /** Places at full load or at the pace `perSec`, and meanwhile ends one order in a hundred with money in it. */
  private async measured(perSec: number | undefined, leadSeconds: number, seconds: number): Promise<Measured> {
    const ends = (perSec ?? this.fullPerSec) * REVERSE_SHARE;
    const [ended, measured] = await Promise.all([
      this.bench.endOrders({ perSec: ends, seconds: leadSeconds + seconds }),
      this.timed(perSec, leadSeconds, seconds),
    ]);
    this.ended += ended;
    return { ...measured, ended };
  }

  private async timed(
    perSec: number | undefined,
    leadSeconds: number,
    seconds: number,
  ): Promise<Omit<Measured, 'ended'>> {
    await this.placed(perSec, leadSeconds);
    const meter = await this.machine.start();
    const load = await this.placed(perSec, seconds);
    const drainedAt = await this.bench.tables.drained();
    const use = await meter.stop();
    const { p50Ms, p99Ms } = load.latency;
    const rate = round((load.acknowledged / (drainedAt - load.startedAt)) * 1_000);
    return { perSec: rate, p50Ms, p99Ms, use };
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

const ratioOf = ({ pace, before, beside, after }: Turn): number => {
  const number = (each: Measured): number => (pace === 'full' ? each.perSec : each.p50Ms);
  return number(beside) / Math.sqrt(number(before) * number(after));
};

function figureOf(turns: readonly Turn[], caughtUpMs: readonly number[]): Figure {
  const of = (pace: Pace): readonly Turn[] => turns.filter((turn) => turn.pace === pace);
  const median = (pace: Pace, number: (turn: Turn) => number): number => round(medianOf(of(pace).map(number)));
  const goals = paces.map((pace) => {
    const measured = median(pace, ratioOf);
    const what = `${nameOf[pace]}, times that without the app`;
    return pace === 'full'
      ? { what, goal: `≥ ${1 - TOLERANCE}`, measured, met: measured >= 1 - TOLERANCE }
      : { what, goal: `≤ ${1 + TOLERANCE}`, measured, met: measured <= 1 + TOLERANCE };
  });
  return {
    ...{ name: isApart() ? 'aftersale-apart' : 'aftersale', ratio: median('full', ratioOf), goals },
    perSec: median('full', ({ beside }) => beside.perSec),
    floorPerSec: median('full', ({ before }) => before.perSec),
    p50Ms: median('fifth', ({ beside }) => beside.p50Ms),
    p99Ms: median('fifth', ({ beside }) => beside.p99Ms),
    details: { inFlight: IN_FLIGHT, secondsEach: SECONDS, reverseShare: REVERSE_SHARE, caughtUpMs, turns },
  };
}
