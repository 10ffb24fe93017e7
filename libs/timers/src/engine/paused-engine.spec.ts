/** A paused queue in simulated time: what is due waits, however long and whatever happens to the index, and nothing of it is lost. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { MemoryTimerStore } from '../rehearsal/memory-timer-store.js';
import { MemoryWheel } from '../rehearsal/memory-wheel.js';
import { TimerSimulation } from '../rehearsal/timer-simulation.js';
import { soleOwnership } from './partition-ownership.js';
import { TimerEngine } from './timer-engine.js';
import { silentRecorder } from './timer-recorder.js';

/** The memory store's groups: partitions 0 and 2 of the simulation, and partition 1. */
const [EVEN, ODD] = [0, 1];
const START_MS = 1_700_000_000_500;

const firedPartitions = ({ store }: TimerSimulation): Set<number | undefined> =>
  new Set(store.effects.map(({ id }) => store.timers.get(id)?.partition));

describe('a paused group', () => {
  it('fires nothing while the other goes on, and everything once it is resumed', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    simulation.pausedGroups.add(EVEN);
    for (let count = 0; count < 300; count += 1) await simulation.set(count * 100);
    await simulation.pass(60);
    expect([...firedPartitions(simulation)]).toEqual([ODD]);
    expect(simulation.store.effects).toHaveLength(100);
    simulation.pausedGroups.clear();
    await simulation.pass(2);
    expect(simulation.store.effects).toHaveLength(300);
    expect([simulation.doubles(), simulation.passedOver(), simulation.bugs]).toEqual([[], [], []]);
  });

  it('for longer than the horizon, with an emptied index on top, loses nothing', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    simulation.pausedGroups.add(EVEN).add(ODD);
    for (let count = 0; count < 300; count += 1) await simulation.set(count * 60_000);
    simulation.clock.advance(9_000_000);
    await simulation.pass(2);
    simulation.wheel.flush();
    simulation.clock.advance(9_000_000);
    await simulation.pass(2);
    expect(simulation.store.effects).toEqual([]);
    simulation.pausedGroups.clear();
    await simulation.pass(3);
    expect(simulation.store.effects).toHaveLength(300);
    expect(simulation.doubles()).toEqual([]);
  });

  it('is not fired from the database either, while the index is away', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 30; count += 1) await simulation.set(1_000);
    simulation.pausedGroups.add(EVEN).add(ODD);
    simulation.wheel.isAway = true;
    await simulation.pass(20);
    expect(simulation.store.effects).toEqual([]);
  });

  it('claims nothing more in the middle of a drain', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 9_000; count += 1) await simulation.set(1_000);
    let calls = 0;
    simulation.store.after = (step) => {
      if (step === 'fire' && (calls += 1) === 2) simulation.pausedGroups.add(EVEN).add(ODD);
    };
    await simulation.pass(3);
    const fired = simulation.store.effects.length;
    expect(fired).toBeGreaterThan(0);
    expect(fired).toBeLessThan(9_000);
    await simulation.pass(30);
    expect(simulation.store.effects).toHaveLength(fired);
    simulation.pausedGroups.clear();
    await simulation.pass(5);
    expect(simulation.store.effects).toHaveLength(9_000);
  });
});

describe('an engine that may not fire', () => {
  it('goes on telling what waits, so that the age of the oldest rises for whoever watches', async () => {
    const clock = new ManualClock(START_MS);
    const store = new MemoryTimerStore(clock);
    const ages: number[] = [];
    const engine = new TimerEngine({
      ...{ store, clock, index: new MemoryWheel(clock), ownership: soleOwnership(1, [0]), mayFire: () => false },
      recorder: { ...silentRecorder, depth: (_queue, _partition, _pending, ageMs) => void ages.push(ageMs) },
    });
    store.set('1', 0, START_MS);
    for (let second = 0; second < 3; second += 1) {
      await engine.tick();
      clock.advance(1_000);
    }
    expect(ages).toEqual([0, 1_000, 2_000]);
  });
});
