/**
 * What one operation costs beside a growing backlog, all of it in MySQL and in Redis: setting many, setting one, cancelling one, firing.
 * The smallest backlog is measured once more in the end, because the machine of the end is not that of the beginning.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TimerRequest } from '@ordo/timers';
import { medianOf, round } from '../reporting/quantiles.js';
import { inPieces } from './in-pieces.js';
import { countIndexed } from './index-cost.js';
import { BENCH_QUEUE, countPending } from './timer-tables.js';
import { secondIn, type TimersStage } from './timers-stage.js';
import type { WheelSubject } from './wheel-subject.js';

/** The backlog is due within the two hours that Redis holds: none of it is spared to the index. */
const FIRST_DUE_MS = 1_200_000;
const SPREAD_MS = 4_800_000;
const TURNS = 5;
const SET_AT_ONCE = 20_000;
const SINGLES = 2_000;
const SINGLES_IN_FLIGHT = 64;
const FIRED = 5_000;
/** Requests that exist at once in this process while the backlog is filled. */
const FILL_PIECE = 100_000;
const GIVE_UP_MS = 120_000;

/** µs of an operation: the middle of five turns. */
export interface OperationCost {
  readonly pending: number;
  readonly setManyUs: number;
  readonly setOneUs: number;
  readonly cancelUs: number;
  readonly fireUs: number;
}

export interface Rebuild {
  readonly pending: number;
  readonly indexed: number;
  readonly tookMs: number;
}

export interface BacklogCosts {
  readonly levels: readonly OperationCost[];
  readonly smallestAgain: OperationCost;
  readonly rebuild: Rebuild;
}

export async function backlogCosts(
  stage: TimersStage,
  counts: readonly number[],
  rebuildAt: number,
): Promise<BacklogCosts> {
  let rebuild: Rebuild = { pending: 0, indexed: 0, tookMs: 0 };
  const levels = await withBacklog(stage, async (backlog) => {
    const costs: OperationCost[] = [];
    for (const count of counts) {
      await backlog.fillTo(count);
      costs.push(await backlog.cost());
      if (count === rebuildAt) rebuild = await backlog.rebuild();
    }
    return costs;
  });
  const smallestAgain = await withBacklog(stage, async (backlog) => {
    await backlog.fillTo(counts[0] ?? 0);
    return backlog.cost();
  });
  return { levels, smallestAgain, rebuild };
}

async function withBacklog<Answer>(stage: TimersStage, work: (backlog: Backlog) => Promise<Answer>): Promise<Answer> {
  const subject = await stage.freshWheel();
  subject.engine.start();
  try {
    return await work(new Backlog(stage, subject));
  } finally {
    await subject.close();
  }
}

class Backlog {
  /** Some of what waits, from all over the backlog: what cancels choose from. */
  private readonly sample: string[] = [];

  constructor(
    private readonly stage: TimersStage,
    private readonly subject: WheelSubject,
  ) {}

  async fillTo(count: number): Promise<void> {
    const stride = Math.max(1, Math.floor(count / (TURNS * SINGLES * 2)));
    let pending = await countPending(this.stage.pools);
    while (pending < count) {
      const requests = this.some(Math.min(FILL_PIECE, count - pending));
      await this.subject.schedule(requests);
      requests.forEach(({ key }, at) => {
        if (at % stride === 0) this.sample.push(key);
      });
      pending += requests.length;
    }
  }

  async cost(): Promise<OperationCost> {
    const pending = await countPending(this.stage.pools);
    const turns: Omit<OperationCost, 'pending'>[] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      turns.push({
        setManyUs: await this.each(this.some(SET_AT_ONCE), (requests) => this.subject.schedule(requests)),
        setOneUs: await this.each(this.some(SINGLES), (requests) =>
          this.oneByOne(requests, (request) => this.subject.timers.schedule(request)),
        ),
        cancelUs: await this.each(this.draw(SINGLES), (keys) =>
          this.oneByOne(keys, (key) => this.subject.timers.cancel(BENCH_QUEUE, key)),
        ),
        fireUs: await this.fire(),
      });
    }
    const middle = (of: (turn: Omit<OperationCost, 'pending'>) => number): number => round(medianOf(turns.map(of)));
    return {
      pending,
      setManyUs: middle(({ setManyUs }) => setManyUs),
      setOneUs: middle(({ setOneUs }) => setOneUs),
      cancelUs: middle(({ cancelUs }) => cancelUs),
      fireUs: middle(({ fireUs }) => fireUs),
    };
  }

  /** Everything of Redis gone: until every partition has loaded its horizon again. */
  async rebuild(): Promise<Rebuild> {
    const before = this.subject.rebuilt;
    const pending = await countPending(this.stage.pools);
    await this.stage.redis.flushall();
    const began = performance.now();
    await this.subject.untilRebuilt(before, GIVE_UP_MS);
    const tookMs = round(performance.now() - began);
    return { pending, indexed: await countIndexed(this.stage.redis, BENCH_QUEUE), tookMs };
  }

  private some(count: number): TimerRequest[] {
    const nowMs = Date.now();
    return this.stage.requests(count, () => nowMs + FIRST_DUE_MS + Math.floor(Math.random() * SPREAD_MS));
  }

  /** Keys that no cancel had before, from anywhere in the backlog. */
  private draw(count: number): string[] {
    return Array.from({ length: count }, () => {
      const at = Math.floor(Math.random() * this.sample.length);
      const [key = ''] = this.sample.splice(at, 1, this.sample.at(-1) ?? '');
      this.sample.pop();
      return key;
    });
  }

  private async each<Item>(items: Item[], work: (items: Item[]) => Promise<void>): Promise<number> {
    const began = performance.now();
    await work(items);
    return ((performance.now() - began) / items.length) * 1_000;
  }

  private oneByOne<Item>(items: Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
    return inPieces(items, { size: 1, atOnce: SINGLES_IN_FLIGHT }, async ([item]) => {
      if (item !== undefined) await work(item);
    });
  }

  /** A burst beside the backlog, from its due second to its last commit. */
  private async fire(): Promise<number> {
    const dueMs = secondIn(1_500);
    const { fired } = this.subject;
    await this.subject.schedule(this.stage.requests(FIRED, () => dueMs));
    const giveUp = Date.now() + GIVE_UP_MS;
    while (this.subject.fired < fired + FIRED && Date.now() < giveUp) await sleep(2);
    return ((Date.now() - dueMs) / FIRED) * 1_000;
  }
}
