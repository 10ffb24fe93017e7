/** A burst: all of them due in one second, fired through the same gate by both sides. From the due second to the last commit. */
import { setTimeout as sleep } from 'node:timers/promises';
import { round } from '../reporting/quantiles.js';
import { type BullSettings, BullSubject } from './bull-subject.js';
import { countFired } from './timer-tables.js';
import { secondIn, type TimersStage } from './timers-stage.js';

const GIVE_UP_MS = 180_000;
/** The slower of what a loaded machine sets per ms, with room: everything has to be set before it is due. */
const SET_PER_MS = 6;
const LEAST_AHEAD_MS = 5_000;
const BEFORE_MS = 1_000;

export interface Burst {
  readonly count: number;
  readonly setPerSec: number;
  readonly firePerSec: number;
  /** Rows that the database says are fired. */
  readonly fired: number;
}

export interface OurBurst extends Burst {
  readonly early: number;
  readonly doubles: number;
}

export interface BullBurst extends Burst {
  readonly settings: BullSettings;
}

/** Every combination that TIMERS.md names. */
export const bullSettings: readonly BullSettings[] = [1, 8].flatMap((queues) =>
  [1, 32, 100, 300].map((concurrency) => ({ queues, concurrency })),
);

const perSec = (count: number, ms: number): number => round((count / ms) * 1_000);
const dueAfter = (count: number): number => secondIn(Math.max(LEAST_AHEAD_MS, count / SET_PER_MS));

export async function burstOurs(stage: TimersStage, count: number): Promise<OurBurst> {
  const subject = await stage.freshWheel();
  const dueMs = dueAfter(count);
  const requests = stage.requests(count, () => dueMs);
  const began = performance.now();
  await subject.schedule(requests);
  const setMs = performance.now() - began;
  await sleep(Math.max(0, dueMs - Date.now() - BEFORE_MS));
  subject.engine.start();
  const fireMs = await untilFired(() => subject.fired, count, dueMs);
  await subject.close();
  const fired = await countFired(stage.pools);
  return {
    ...{ count, fired, early: subject.early, doubles: subject.fired - fired },
    ...{ setPerSec: perSec(count, setMs), firePerSec: perSec(count, fireMs) },
  };
}

export async function burstBull(stage: TimersStage, count: number, settings: BullSettings): Promise<BullBurst> {
  await stage.empty();
  const dueMs = dueAfter(count);
  const requests = stage.requests(count, () => dueMs);
  const subject = new BullSubject(stage.pools, stage.redisUrl, settings);
  await subject.ready();
  const began = performance.now();
  await subject.scheduleWithRows(requests);
  const setMs = performance.now() - began;
  await sleep(Math.max(0, dueMs - Date.now() - BEFORE_MS));
  await subject.start();
  const fireMs = await untilFired(() => subject.fired, count, dueMs);
  await subject.close();
  const fired = await countFired(stage.pools);
  return { settings, count, fired, setPerSec: perSec(count, setMs), firePerSec: perSec(count, fireMs) };
}

async function untilFired(fired: () => number, count: number, dueMs: number): Promise<number> {
  // Where setting took longer than was thought, everything is due already, and the clock starts with the firing.
  const fromMs = Math.max(dueMs, Date.now());
  while (fired() < count) {
    if (Date.now() > fromMs + GIVE_UP_MS) throw new Error(`only ${fired()} of ${count} were fired`);
    await sleep(5);
  }
  return Date.now() - fromMs;
}
