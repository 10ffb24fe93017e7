/**
 * An index that answers and is of no use: a Redis that refuses our scripts, or one that knows later epochs than the database ever gave.
 * Timers then fire from the database; nothing stands still in silence.
 */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { InvariantViolation, ManualClock } from '@ordo/kernel';
import { MemoryTimerStore } from '../rehearsal/memory-timer-store.js';
import { MemoryWheel } from '../rehearsal/memory-wheel.js';
import { soleOwnership } from './partition-ownership.js';
import { TimerEngine } from './timer-engine.js';
import { silentRecorder } from './timer-recorder.js';

const START_MS = 1_700_000_000_500;
const OURS = { partition: 0, epoch: 5 };
const THEIRS = { partition: 0, epoch: 99 };

let clock: ManualClock;
let store: MemoryTimerStore;
let wheel: MemoryWheel;
let isOwner: boolean;
let degradations: boolean[];
let engine: TimerEngine;

beforeEach(() => {
  clock = new ManualClock(START_MS);
  store = new MemoryTimerStore(clock);
  wheel = new MemoryWheel(clock);
  isOwner = true;
  degradations = [];
  const sole = soleOwnership(OURS.epoch, [0]);
  engine = new TimerEngine({
    ...{ store, clock, index: wheel },
    ownership: { ...sole, epochOf: (partition) => (isOwner ? sole.epochOf(partition) : undefined) },
    recorder: { ...silentRecorder, degraded: (_queue, _partition, isDegraded) => void degradations.push(isDegraded) },
  });
});

async function pass(seconds: number): Promise<void> {
  for (let count = 0; count < seconds; count += 1) {
    clock.advance(1_000);
    await engine.tick();
    await engine.settled();
  }
}

describe('a Redis that refuses our scripts', () => {
  it('is as good as none: what is due fires from the database after three seconds, until the scripts run again', async () => {
    store.set('1', 0, START_MS);
    wheel.before = () => {
      throw new InvariantViolation('Redis refused a script of the wheel');
    };
    await pass(3);
    expect(store.effects).toEqual([]);
    await pass(2);
    expect(store.effects).toHaveLength(1);
    wheel.before = () => undefined;
    store.set('2', 0, START_MS + 6_000);
    await pass(3);
    expect(store.effects).toHaveLength(2);
    expect(degradations).toEqual([true, false]);
  });
});

describe('an index that knows a later epoch than our lease', () => {
  beforeEach(async () => {
    await wheel.open(THEIRS, 7_200);
    await wheel.finish(THEIRS, 'theirs');
    store.set('1', 0, START_MS);
  });

  it('is left alone for as long as a lease that was lost may not be known to be lost', async () => {
    await pass(11);
    expect(store.effects).toEqual([]);
    expect(degradations).toEqual([]);
  });

  it('stops nothing for good: who still owns the partition after twelve seconds fires from the database', async () => {
    await pass(15);
    expect(store.effects).toHaveLength(1);
    expect(degradations).toEqual([true]);
    expect(wheel.partitions.get(0)?.epoch).toBe(THEIRS.epoch);
  });

  it('is a successor’s if the lease is gone: nothing is fired by the predecessor', async () => {
    await pass(2);
    isOwner = false;
    await pass(30);
    expect(store.effects).toEqual([]);
    expect(degradations).toEqual([]);
  });
});
