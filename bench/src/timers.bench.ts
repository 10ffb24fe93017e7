/**
 * Timers beside BullMQ 6 at its best settings, on the same servers, with the same row and the same gate in MySQL on both sides. Rounds
 * take turns. What BullMQ gives beyond that is said in the figure's details.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NodePools } from '@ordo/sharding';
import { ALL_PARTITIONS } from '@ordo/timers';
import { medianOf, quantilesOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { type BullSettings, BullSubject } from './timers/bull-subject.js';
import { type Cost, countIndexed, measureIndex } from './timers/index-cost.js';
import { BENCH_QUEUE, countFired, emptyTable, latenessMs, writeRows } from './timers/timer-tables.js';
import { WheelSubject } from './timers/wheel-subject.js';

const number = (name: string, standard: number): number => Number(process.env[name] ?? standard);
const DRAINED = number('BENCH_TIMERS', 100_000);
const ROUNDS = number('BENCH_ROUNDS', 3);
const REBUILT = number('BENCH_REBUILT', 1_000_000);
/** Enough to tell BullMQ's settings apart; the rounds are run at the best of them. */
const SCREENED = 20_000;
const DENSE_COUNTS = [10_000, 100_000, 1_000_000, 5_000_000];
const SPARSE_COUNTS = [10_000, 300_000];
const PACED_PER_SEC = 2_000;
const PACED_SECONDS = 10;

const bullSettings: readonly BullSettings[] = [
  { queues: 1, concurrency: 1 },
  { queues: 1, concurrency: 32 },
  { queues: 1, concurrency: 100 },
  { queues: 1, concurrency: 300 },
  { queues: 8, concurrency: 32 },
  { queues: 8, concurrency: 100 },
];

/** The first full second after `aheadMs`: all of a burst are due in it. */
const secondIn = (aheadMs: number): number => Math.ceil((Date.now() + aheadMs) / 1_000) * 1_000;

interface OurRun {
  readonly setPerSec: number;
  readonly firePerSec: number;
  readonly fired: number;
  readonly early: number;
}

interface BullRun {
  readonly settings: BullSettings;
  readonly count: number;
  readonly bulkPerSec: number;
  readonly setPerSec: number;
  readonly firePerSec: number;
  readonly fired: number;
}

class TimersBench {
  private readonly pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','), {
    queryDeadlineMs: 60_000,
  });
  private readonly redisUrl = process.env['ORDO_REDIS_TIMERS_URL'] ?? '';
  private epoch = Date.now();
  private key = 0;

  async empty(): Promise<void> {
    await emptyTable(this.pools.all);
    const subject = this.wheel();
    await sleep(200);
    await subject.redis.flushall();
    await subject.close();
  }

  wheel(): WheelSubject {
    this.epoch += 1;
    return new WheelSubject(this.pools.all, this.redisUrl, this.epoch);
  }

  requests(count: number, dueMsOf: (at: number) => number): { queue: string; key: string; dueMs: number }[] {
    return Array.from({ length: count }, (_, at) => {
      this.key += 1;
      return { queue: BENCH_QUEUE, key: `k${this.epoch}-${this.key}`, dueMs: dueMsOf(at) };
    });
  }

  /** Set `count` for one second, wait for it, and see how long it takes until the last is fired and committed. */
  async drainOurs(count: number): Promise<OurRun> {
    await this.empty();
    const subject = this.wheel();
    await sleep(200);
    await subject.engine.tick();
    const dueMs = secondIn(Math.max(5_000, count / 10));
    const began = performance.now();
    await subject.schedule(this.requests(count, () => dueMs));
    const setMs = performance.now() - began;
    await sleep(Math.max(0, dueMs - Date.now() - 1_000));
    subject.engine.start();
    const fireMs = await this.untilFired(() => subject.fired, count, dueMs);
    await subject.close();
    const fired = await countFired(this.pools.all);
    return {
      setPerSec: round((count / setMs) * 1_000),
      firePerSec: round((count / fireMs) * 1_000),
      fired,
      early: subject.early,
    };
  }

  /** The same rows are written first; their time counts for the setting at equal durability and not for `bulkPerSec`. */
  async drainBull(count: number, settings: BullSettings): Promise<BullRun> {
    await this.empty();
    const dueMs = secondIn(Math.max(6_000, count / 6));
    const keys = this.requests(count, () => dueMs).map(({ key }) => key);
    const began = performance.now();
    const timers = await writeRows(this.pools.all, keys, dueMs);
    const rowsMs = performance.now() - began;
    const subject = new BullSubject(this.pools.all, this.redisUrl, settings);
    const bulkBegan = performance.now();
    await subject.schedule(timers);
    const bulkMs = performance.now() - bulkBegan;
    await sleep(Math.max(0, dueMs - Date.now() - 1_000));
    await subject.start();
    const fireMs = await this.untilFired(() => subject.fired, count, dueMs);
    await subject.close();
    const perSec = (ms: number): number => round((count / ms) * 1_000);
    const fired = await countFired(this.pools.all);
    return {
      settings,
      count,
      bulkPerSec: perSec(bulkMs),
      setPerSec: perSec(rowsMs + bulkMs),
      firePerSec: perSec(fireMs),
      fired,
    };
  }

  /** Lateness at an even pace, from the true due time to the commit, by the database's clock. */
  async pace(): Promise<ReturnType<typeof quantilesOf> & { early: number; missing: number }> {
    await this.empty();
    const subject = this.wheel();
    await sleep(200);
    await subject.engine.tick();
    subject.engine.start();
    const count = PACED_PER_SEC * PACED_SECONDS;
    const startMs = Date.now() + 5_000;
    await subject.schedule(this.requests(count, (at) => startMs + Math.floor((at * 1_000) / PACED_PER_SEC)));
    await sleep(startMs - Date.now() + PACED_SECONDS * 1_000 + 3_000);
    await subject.close();
    const late = await latenessMs(this.pools.all);
    return { ...quantilesOf(late), early: late.filter((ms) => ms < 0).length, missing: count - late.length };
  }

  /** Everything of Redis gone while `count` timers are pending: until every partition has loaded its horizon again. */
  async rebuild(count: number): Promise<{ pending: number; indexed: number; tookMs: number; perSec: number }> {
    await this.empty();
    const subject = this.wheel();
    await sleep(200);
    await subject.engine.tick();
    const nowMs = Date.now();
    await subject.schedule(this.requests(count, (at) => nowMs + 600_000 + (at % 3_600_000)));
    await subject.redis.flushall();
    const began = performance.now();
    subject.engine.start();
    while (performance.now() - began < 120_000) {
      const fed = subject.fedPartitions;
      if (fed.size >= ALL_PARTITIONS.length && subject.rebuilt >= 2 * ALL_PARTITIONS.length) break;
      await sleep(5);
    }
    const tookMs = round(performance.now() - began);
    const indexed = await countIndexed(subject.redis, BENCH_QUEUE);
    await subject.close();
    return { pending: count, indexed, tookMs, perSec: round((count / tookMs) * 1_000) };
  }

  dense(counts: readonly number[]): Promise<Cost[]> {
    return measureIndex(this.redisUrl, counts, 100);
  }

  sparse(counts: readonly number[]): Promise<Cost[]> {
    return measureIndex(this.redisUrl, counts, 1);
  }

  async close(): Promise<void> {
    await this.pools.close();
  }

  private async untilFired(fired: () => number, count: number, dueMs: number): Promise<number> {
    const giveUp = Date.now() + 180_000;
    while (fired() < count) {
      if (Date.now() > giveUp) throw new Error(`only ${fired()} of ${count} were fired`);
      await sleep(5);
    }
    return Date.now() - dueMs;
  }
}

/** What BullMQ gives and this does not; said with the figure, because a ratio alone would hide it. */
const MORE_IN_BULLMQ = [
  'job data of any size, results, progress, logs and events of each job',
  'priorities, rate limits, flows of dependent jobs, repeatable jobs by cron',
  'millisecond delays; slots here are whole seconds, so a timer is half a second late on average',
  'needs no database: without rows of its own it sets more jobs per second than with them',
];

export async function benchTimers(): Promise<Figure> {
  const bench = new TimersBench();
  const say = (line: string): void => console.log(`  ${line}`);
  try {
    const screened: BullRun[] = [];
    for (const settings of bullSettings) {
      const run = await bench.drainBull(settings.concurrency === 1 ? SCREENED / 10 : SCREENED, settings);
      screened.push(run);
      say(`BullMQ ${JSON.stringify(settings)}: addBulk ${run.bulkPerSec}/s, fired ${run.firePerSec}/s`);
    }
    const best = [...screened].sort((a, b) => b.firePerSec - a.firePerSec)[0]?.settings ?? {
      queues: 1,
      concurrency: 100,
    };
    const ours: OurRun[] = [];
    const bull: BullRun[] = [];
    for (let count = 1; count <= ROUNDS; count += 1) {
      const theirs = await bench.drainBull(DRAINED, best);
      const mine = await bench.drainOurs(DRAINED);
      bull.push(theirs);
      ours.push(mine);
      say(
        `round ${count}: BullMQ set ${theirs.setPerSec}/s, fired ${theirs.firePerSec}/s; ours ${mine.setPerSec}/s, ${mine.firePerSec}/s`,
      );
    }
    const pace = await bench.pace();
    say(`at ${PACED_PER_SEC}/s: ${JSON.stringify(pace)}`);
    const rebuild = await bench.rebuild(REBUILT);
    say(`FLUSHALL with ${REBUILT} pending: ${JSON.stringify(rebuild)}`);
    const dense = await bench.dense(DENSE_COUNTS);
    const sparse = await bench.sparse(SPARSE_COUNTS);
    say(`index: ${JSON.stringify({ dense, sparse })}`);
    return figureOf({ screened, ours, bull, pace, rebuild, dense, sparse });
  } finally {
    await bench.close();
  }
}

interface Measured {
  readonly screened: readonly BullRun[];
  readonly ours: readonly OurRun[];
  readonly bull: readonly BullRun[];
  readonly pace: Awaited<ReturnType<TimersBench['pace']>>;
  readonly rebuild: Awaited<ReturnType<TimersBench['rebuild']>>;
  readonly dense: readonly Cost[];
  readonly sparse: readonly Cost[];
}

function figureOf(measured: Measured): Figure {
  const { ours, bull, screened, pace, rebuild, dense, sparse } = measured;
  const perSec = medianOf(ours.map(({ firePerSec }) => firePerSec));
  const floorPerSec = medianOf(bull.map(({ firePerSec }) => firePerSec));
  const bulkPerSec = Math.max(...[...bull, ...screened].map((run) => run.bulkPerSec));
  const setPerSec = medianOf(ours.map((run) => run.setPerSec));
  const setRatio = round(setPerSec / medianOf(bull.map((run) => run.setPerSec)));
  const addPerSec = dense.at(-1)?.addPerSec ?? 0;
  const bytes = (costs: readonly Cost[]): number => Math.max(...costs.map(({ bytesPerTimer }) => bytesPerTimer));
  const [first, last] = [dense[0]?.claim.p50Ms ?? 0, dense.at(-1)?.claim.p50Ms ?? 0];
  const ratio = round(perSec / floorPerSec);
  const atLeast = (what: string, goal: number, value: number) => ({
    what,
    goal: `≥ ${goal}`,
    measured: value,
    met: value >= goal,
  });
  const atMost = (what: string, goal: number, value: number) => ({
    what,
    goal: `≤ ${goal}`,
    measured: value,
    met: value <= goal,
  });
  const unfired = DRAINED * ours.length - ours.reduce((sum, { fired }) => sum + fired, 0);
  return {
    ...{ name: 'timers', perSec, floorPerSec, ratio, p50Ms: pace.p50Ms, p99Ms: pace.p99Ms },
    goals: [
      atLeast('drain of a burst, times BullMQ at its best', 3, ratio),
      atLeast('drain of a burst, per second', 15_000, perSec),
      atLeast('setting, row and index, times row and addBulk', 3, setRatio),
      atLeast('indexing alone, times addBulk alone', 3, round(addPerSec / bulkPerSec)),
      atMost(`lateness p99 at ${PACED_PER_SEC}/s, ms`, 1_200, pace.p99Ms),
      atMost('early', 0, pace.early + ours.reduce((sum, { early }) => sum + early, 0)),
      atMost('missing', 0, pace.missing + unfired),
      atMost('bytes of a pending timer, dense', 20, bytes(dense)),
      atMost('bytes of a pending timer, one in its slot', 110, bytes(sparse)),
      atMost('claim at the largest backlog, times the smallest', 2, round(last / first)),
      atMost(`FLUSHALL with ${REBUILT} pending: back after ms`, 15_000, rebuild.tookMs),
      atMost('of these not in the index again', 0, rebuild.pending - rebuild.indexed),
    ],
    details: { drained: DRAINED, moreInBullMq: MORE_IN_BULLMQ, ...measured },
  };
}
