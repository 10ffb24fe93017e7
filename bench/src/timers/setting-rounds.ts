/**
 * Setting, in rounds that take turns, in two tiers: the index alone against jobs alone, and with the row that makes both as durable as
 * each other. Due times lie within ten minutes, so that ours go into many slots and not into the cheapest few.
 */
import { medianOf, round } from '../reporting/quantiles.js';
import { BullSubject } from './bull-subject.js';
import { RowWriter } from './timer-tables.js';
import type { TimersStage } from './timers-stage.js';

const SPREAD_MS = 600_000;
const AHEAD_MS = 900_000;

export interface SettingRound {
  readonly oursPerSec: number;
  readonly oursIndexAlonePerSec: number;
  readonly bullPerSec: number;
  readonly bullJobsAlonePerSec: number;
}

export interface SettingRatios {
  /** Both with the row. */
  readonly withRow: number;
  /** Neither with a row. */
  readonly alone: number;
  /** Ours with the row, theirs without: what durability costs us, and not them. */
  readonly withRowTimesJobsAlone: number;
}

const spread = (nowMs: number) => (): number => nowMs + AHEAD_MS + Math.floor(Math.random() * SPREAD_MS);

/** `queues` of BullMQ: what its screening found best. */
export async function settingRound(
  stage: TimersStage,
  { count, queues }: { readonly count: number; readonly queues: number },
): Promise<SettingRound> {
  const perSec = async (work: () => Promise<void>): Promise<number> => {
    const began = performance.now();
    await work();
    return round((count / (performance.now() - began)) * 1_000);
  };
  const requests = stage.requests(count, spread(Date.now()));
  const rows = new RowWriter(stage.pools);

  const ofBull = async (work: (subject: BullSubject) => Promise<void>): Promise<number> => {
    await stage.empty();
    const subject = new BullSubject(stage.pools, stage.redisUrl, { queues, concurrency: 1 });
    await subject.ready();
    try {
      return await perSec(() => work(subject));
    } finally {
      await subject.close();
    }
  };
  const ofOurs = async (isIndexAlone: boolean): Promise<number> => {
    const subject = await stage.freshWheel();
    const entries = isIndexAlone ? rows.entries(requests) : [];
    try {
      return await perSec(() => (isIndexAlone ? subject.index(entries) : subject.schedule(requests)));
    } finally {
      await subject.close();
    }
  };
  return {
    bullPerSec: await ofBull((subject) => subject.scheduleWithRows(requests)),
    oursPerSec: await ofOurs(false),
    bullJobsAlonePerSec: await ofBull((subject) =>
      subject.schedule(requests.map(({ dueMs }, at) => ({ id: String(at), node: 0, dueMs }))),
    ),
    oursIndexAlonePerSec: await ofOurs(true),
  };
}

/** The middle of the rounds' ratios: both sides of a round met the same machine. */
export function settingRatios(rounds: readonly SettingRound[]): SettingRatios {
  const middle = (ratioOf: (each: SettingRound) => number): number => round(medianOf(rounds.map(ratioOf)));
  return {
    withRow: middle((each) => each.oursPerSec / each.bullPerSec),
    alone: middle((each) => each.oursIndexAlonePerSec / each.bullJobsAlonePerSec),
    withRowTimesJobsAlone: middle((each) => each.oursPerSec / each.bullJobsAlonePerSec),
  };
}
