/** The engine in simulated time: what is due fires once, a death at any step loses nothing, and faults cost lateness only. */
import { describe, expect, it } from '@jest/globals';
import { TimerSimulation } from '../rehearsal/timer-simulation.js';

const INDEX_STEPS = [
  'adopt',
  'open',
  'load',
  'finish',
  'raise',
  'markFed',
  'claim',
  'ack',
  'nack',
  'abandoned',
  'reap',
  'add',
];
const STORE_STEPS = ['pending', 'fire'];
const deaths = [...INDEX_STEPS, ...STORE_STEPS].flatMap((step) => [
  [step, 'before' as const] as const,
  [step, 'after' as const] as const,
]);

function expectSound(simulation: TimerSimulation): void {
  expect(simulation.bugs).toEqual([]);
  expect(simulation.doubles()).toEqual([]);
  expect(simulation.passedOver()).toEqual([]);
  expect(simulation.store.effects.filter(({ lateMs }) => lateMs < 0)).toEqual([]);
}

const latest = (simulation: TimerSimulation): number =>
  Math.max(...simulation.store.effects.map(({ lateMs }) => lateMs));

describe('the engine', () => {
  it('fires every timer within two seconds of its time, and none before', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let dueInMs = 0; dueInMs < 20_000; dueInMs += 130) await simulation.set(dueInMs);
    await simulation.pass(25);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(154);
    expect(latest(simulation)).toBeLessThan(2_000);
    expect(simulation.leased()).toBe(0);
    expect(simulation.refusals).toEqual({ refused: 0, early: 0 });
  });

  it('fires what was due in the past at the next tick', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    await simulation.set(-3_600_000);
    await simulation.pass(1);
    expect(simulation.store.effects).toHaveLength(1);
  });

  it('loads what lies beyond the horizon when its time comes near', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    await simulation.set(9_000_000);
    expect(simulation.unindexed()).toEqual([]);
    for (let count = 0; count < 90; count += 1) {
      simulation.clock.advance(99_000);
      await simulation.pass(1);
    }
    await simulation.pass(2);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(1);
    expect(simulation.repairs).toBe(0);
  });

  it('fires a cancelled timer never and a rescheduled one at its new time only', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    const cancelled = await simulation.set(3_000);
    const moved = await simulation.set(3_000);
    const sooner = await simulation.set(60_000);
    simulation.store.cancel(cancelled.id);
    const old = simulation.store.reschedule(moved.id, simulation.clock.nowMs() + 10_000);
    if (old !== undefined) await simulation.owner.engine.move(old, moved.slot + 7);
    // The index never hears of this one: the sweeper has to find it.
    simulation.store.reschedule(sooner.id, simulation.clock.nowMs() + 5_000);
    await simulation.pass(9);
    expect(simulation.store.effects).toEqual([]);
    await simulation.pass(20);
    expectSound(simulation);
    expect(simulation.store.effects.map(({ id, version }) => [id, version])).toEqual([
      [moved.id, 2],
      [sooner.id, 2],
    ]);
    expect(simulation.repairs).toBe(1);
  });

  it('finds a timer that nobody told the index of within twenty seconds', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let dueInMs = 500; dueInMs < 30_000; dueInMs += 500) await simulation.set(dueInMs, false);
    await simulation.pass(55);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(59);
    expect(latest(simulation)).toBeLessThan(20_000);
  });

  it('has everything back within two seconds when Redis is emptied in the middle of a drain', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 4_000; count += 1) await simulation.set(2_000 + (count % 40) * 500);
    await simulation.pass(6);
    const before = simulation.store.effects.length;
    simulation.wheel.flush();
    await simulation.pass(2);
    expect(simulation.unindexed()).toEqual([]);
    await simulation.pass(20);
    expectSound(simulation);
    expect(before).toBeGreaterThan(500);
    expect(simulation.store.effects).toHaveLength(4_000);
    expect(simulation.rebuilds).toBe(6);
    expect(latest(simulation)).toBeLessThan(4_000);
  });

  it('loads slots of several pages completely', async () => {
    const simulation = new TimerSimulation();
    for (let count = 0; count < 9_000; count += 1) await simulation.set(60_000 + (count % 2) * 1_000, false);
    await simulation.tick();
    expect(simulation.unindexed()).toEqual([]);
    expect([...simulation.wheel.partitions.values()].every(({ fed, horizon }) => fed === horizon)).toBe(true);
    await simulation.pass(63);
    expectSound(simulation);
    expect(simulation.repairs).toBe(0);
    expect(simulation.store.effects).toHaveLength(9_000);
  });

  it('leaves no gap between what the feeder has read and what schedulers index themselves', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    const rival: Promise<unknown>[] = [];
    simulation.store.after = (step) => {
      if (step === 'pending' && rival.length < 30) rival.push(simulation.set(7_190_000 + rival.length * 100));
    };
    simulation.clock.advance(301_000);
    await simulation.tick();
    simulation.store.after = () => undefined;
    await Promise.all(rival);
    expect(rival.length).toBeGreaterThan(2);
    expect(simulation.unindexed()).toEqual([]);
  });

  it('fires from the database while the index is away, and goes on with it afterwards', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 600; count += 1) await simulation.set(1_000 + count * 100);
    simulation.wheel.isAway = true;
    await simulation.pass(40);
    expect(simulation.degradations).toBe(3);
    expect(simulation.store.effects.length).toBeGreaterThan(350);
    simulation.wheel.isAway = false;
    await simulation.pass(30);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(600);
    expect(latest(simulation)).toBeLessThan(6_000);
  });

  it('waits while the database is away and fires everything when it is back', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 300; count += 1) await simulation.set(1_000 + count * 50);
    simulation.isStoreAway = true;
    await simulation.pass(30);
    expect(simulation.store.effects).toEqual([]);
    simulation.isStoreAway = false;
    await simulation.pass(40);
    expectSound(simulation);
    expect(simulation.missing(0)).toEqual([]);
  });

  it('lets a poisonous timer among ten thousand delay nobody', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    const entries = [];
    for (let count = 0; count < 10_000; count += 1) entries.push(await simulation.set(2_000 + (count % 5) * 1_000));
    simulation.store.poison.add(entries[4_321]?.id ?? '');
    await simulation.pass(8);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(9_999);
    expect(latest(simulation)).toBeLessThan(2_000);
  });

  it.each([-5_000, 5_000])('is never early when the database’s clock differs by %i ms', async (skewMs) => {
    const simulation = new TimerSimulation();
    simulation.store.skewMs = skewMs;
    await simulation.tick();
    for (let count = 0; count < 200; count += 1) await simulation.set(count * 100);
    await simulation.pass(40);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(200);
    expect(latest(simulation)).toBeLessThan(8_000);
  });

  it('of an older epoch fires nothing twice and takes nothing from its successor', async () => {
    const simulation = new TimerSimulation();
    const first = simulation.startProcess();
    await simulation.tick();
    for (let count = 0; count < 500; count += 1) await simulation.set(1_000 + count * 40);
    await simulation.pass(5);
    const second = simulation.startProcess();
    await simulation.pass(3);
    const calls = first.calls;
    await simulation.pass(5);
    expect(first.calls - calls).toBeLessThanOrEqual(5);
    await simulation.pass(17);
    expect([first.isDead, second.isDead]).toEqual([false, false]);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(500);
    expect([...simulation.wheel.partitions.values()].map(({ epoch }) => epoch)).toEqual([2, 2, 2]);
  });

  it('that slept for twenty seconds catches up at once', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 400; count += 1) await simulation.set(1_000 + count * 50);
    simulation.clock.advance(20_000);
    await simulation.pass(2);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(400);
  });
});

describe('a process that dies', () => {
  it('with claimed batches in its hands leaves them to its successor, who does not wait for their lease', async () => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 300; count += 1) await simulation.set(1_000);
    simulation.owner.dieAt('fire', 'before');
    await simulation.pass(2);
    expect(simulation.leased()).toBeGreaterThan(0);
    await simulation.pass(2);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(300);
    expect(simulation.leased()).toBe(0);
  });

  it.each([1, 2, 3, 4, 5])('at load number %i of a rebuild has its successor load all of the overdue', async (nth) => {
    const simulation = new TimerSimulation();
    await simulation.tick();
    for (let count = 0; count < 6_000; count += 1) await simulation.set(-count, false);
    simulation.wheel.flush();
    simulation.owner.dieAt('load', 'after', nth);
    await simulation.pass(4);
    expectSound(simulation);
    expect(simulation.store.effects).toHaveLength(6_000);
    expect(simulation.repairs).toBe(0);
  });

  it.each(deaths)('at %s, %s it takes effect, loses no timer and fires none twice', async (step, moment) => {
    const simulation = new TimerSimulation();
    for (const nth of [1, 2, 5]) {
      const doomed = simulation.startProcess();
      doomed.dieAt(step, moment, nth);
      await simulation.tick();
      for (let count = 0; count < 60; count += 1) await simulation.set(-2_000 + count * 200);
      // A retry, a transient failure and an emptied Redis, so that every step is come by.
      const [poisoned] = simulation.store.timers.keys();
      if (poisoned !== undefined) simulation.store.poison.add(poisoned);
      await simulation.pass(4);
      simulation.wheel.flush();
      await simulation.pass(4);
      simulation.startProcess();
      await simulation.pass(4);
      simulation.store.poison.clear();
    }
    await simulation.pass(35);
    expectSound(simulation);
    expect(simulation.missing(0)).toEqual([]);
    expect(simulation.store.effects).toHaveLength(180);
    expect(latest(simulation)).toBeLessThan(30_000);
  });
});
