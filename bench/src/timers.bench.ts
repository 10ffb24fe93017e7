/**
 * Timers beside BullMQ 6 at its best settings, on the same servers, with the same row and the same gate in MySQL on both sides. Rounds
 * take turns. What BullMQ gives beyond that is said in the figure's details.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { NodePools } from '@ordo/sharding';
import { medianOf, quantilesOf, round } from './reporting/quantiles.js';
import type { Figure } from './reporting/result-file.js';
import { type BullSettings, BullSubject, type BullTimer } from './timers/bull-subject.js';
import { BENCH_QUEUE, countFired, emptyTable, latenessMs } from './timers/timer-tables.js';
import { WheelSubject } from './timers/wheel-subject.js';

const number = (name: string, standard: number): number => Number(process.env[name] ?? standard);
const DRAINED = number('BENCH_TIMERS', 100_000);
const ROUNDS = number('BENCH_ROUNDS', 3);
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

export class TimersBench {
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
  async drainOurs(count: number): Promise<{ setPerSec: number; firePerSec: number; fired: number; early: number }> {
    await this.empty();
    const subject = this.wheel();
    await sleep(200);
    await subject.engine.tick();
    const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + Math.max(12_000, count / 10);
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

  async drainBull(
    count: number,
    settings: BullSettings,
  ): Promise<{ setPerSec: number; firePerSec: number; fired: number }> {
    await this.empty();
    const writer = this.wheel();
    const dueMs = Math.ceil(Date.now() / 1_000) * 1_000 + Math.max(16_000, count / 6);
    const requests = this.requests(count, () => dueMs);
    const ids: BullTimer[] = [];
    for (let start = 0; start < count; start += 5_000) {
      const chunk = requests.slice(start, start + 5_000);
      const written = await writer.timers.scheduleAll(chunk);
      written.forEach((id, at) => ids.push({ id, node: writer.timers.nodeOf(chunk[at]?.key ?? ''), dueMs }));
    }
    await writer.close();
    const subject = new BullSubject(this.pools.all, this.redisUrl, settings);
    const began = performance.now();
    await subject.schedule(ids);
    const setMs = performance.now() - began;
    await sleep(Math.max(0, dueMs - Date.now() - 1_000));
    await subject.start();
    const fireMs = await this.untilFired(() => subject.fired, count, dueMs);
    await subject.close();
    const fired = await countFired(this.pools.all);
    return { setPerSec: round((count / setMs) * 1_000), firePerSec: round((count / fireMs) * 1_000), fired };
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

export async function benchTimers(): Promise<Figure> {
  const bench = new TimersBench();
  const say = (line: string): void => console.log(`  ${line}`);
  try {
    const bull: { settings: BullSettings; firePerSec: number; setPerSec: number; fired: number }[] = [];
    const ours: { setPerSec: number; firePerSec: number; fired: number; early: number }[] = [];
    for (let count = 0; count < ROUNDS; count += 1) {
      const mine = await bench.drainOurs(DRAINED);
      ours.push(mine);
      say(
        `round ${count + 1}: set ${mine.setPerSec}/s, fired ${mine.firePerSec}/s, ${mine.fired} fired, ${mine.early} early`,
      );
      const settings = count === 0 ? bullSettings : bullSettings.filter((each) => each === bestOf(bull));
      for (const each of settings) {
        const size = each.concurrency === 1 ? DRAINED / 10 : DRAINED;
        const theirs = await bench.drainBull(size, each);
        bull.push({ settings: each, ...theirs });
        say(`  BullMQ ${JSON.stringify(each)}: set ${theirs.setPerSec}/s, fired ${theirs.firePerSec}/s`);
      }
    }
    const pace = await bench.pace();
    say(`at ${PACED_PER_SEC}/s: ${JSON.stringify(pace)}`);
    const best = bestOf(bull);
    const theirs = bull.filter(({ settings }) => settings === best);
    const perSec = medianOf(ours.map(({ firePerSec }) => firePerSec));
    const floorPerSec = medianOf(theirs.map(({ firePerSec }) => firePerSec));
    const setRatio = round(
      medianOf(ours.map((each) => each.setPerSec)) / Math.max(...bull.map((each) => each.setPerSec)),
    );
    const ratio = round(perSec / floorPerSec);
    return {
      ...{ name: 'timers', perSec, floorPerSec, ratio, p50Ms: pace.p50Ms, p99Ms: pace.p99Ms },
      goals: [
        { what: 'drain, times BullMQ at its best', goal: '≥ 3', measured: ratio, met: ratio >= 3 },
        { what: 'drain per second', goal: '≥ 15,000', measured: perSec, met: perSec >= 15_000 },
        {
          what: 'schedule (row and index), times addBulk (no row)',
          goal: '≥ 3',
          measured: setRatio,
          met: setRatio >= 3,
        },
        {
          what: `lateness p99 at ${PACED_PER_SEC}/s, ms`,
          goal: '≤ 1200',
          measured: pace.p99Ms,
          met: pace.p99Ms <= 1_200,
        },
        { what: 'early', goal: '0', measured: pace.early, met: pace.early === 0 },
        { what: 'missing', goal: '0', measured: pace.missing, met: pace.missing === 0 },
      ],
      details: { drained: DRAINED, ours, bull, pace },
    };
  } finally {
    await bench.close();
  }
}

function bestOf(runs: readonly { settings: BullSettings; firePerSec: number }[]): BullSettings | undefined {
  return [...runs].sort((a, b) => b.firePerSec - a.firePerSec)[0]?.settings;
}
