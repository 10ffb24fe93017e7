/** The law of the engine under any mixture of faults: when they end, every timer has fired once, and in between nothing was skipped. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DyingMoment } from '../rehearsal/timer-simulation.js';
import { TimerSimulation } from '../rehearsal/timer-simulation.js';

type Step = (simulation: TimerSimulation) => Promise<void> | void;

const someTimer = (simulation: TimerSimulation, pick: number): string | undefined => {
  const ids = [...simulation.store.timers.keys()];
  return ids[pick % Math.max(ids.length, 1)];
};

const named = (name: string, step: Step): Step => Object.assign(step, { toString: () => name });

const setting = fc
  .tuple(fc.integer({ min: -5_000, max: 30_000 }), fc.integer({ min: 1, max: 40 }), fc.boolean())
  .map(([dueInMs, count, isIndexed]) =>
    named(`set ${count} × ${dueInMs} ms${isIndexed ? '' : ' unindexed'}`, async (simulation) => {
      for (let at = 0; at < count; at += 1) await simulation.set(dueInMs + at * 37, isIndexed);
    }),
  );
const settingFar = fc
  .integer({ min: 7_100_000, max: 7_600_000 })
  .map((dueInMs) => named(`set far ${dueInMs}`, async (simulation) => void (await simulation.set(dueInMs))));
const cancelling = fc
  .nat(999)
  .map((pick) => named(`cancel ${pick}`, (simulation) => simulation.store.cancel(someTimer(simulation, pick) ?? '')));
const moving = fc
  .tuple(fc.nat(999), fc.integer({ min: -5_000, max: 30_000 }), fc.boolean())
  .map(([pick, dueInMs, isTold]) =>
    named(`reschedule ${pick} ${dueInMs}`, async (simulation) => {
      const dueMs = simulation.store.nowMs() + dueInMs;
      const old = simulation.store.reschedule(someTimer(simulation, pick) ?? '', dueMs);
      if (old !== undefined && isTold) await simulation.owner.engine.move(old, Math.ceil(dueMs / 1_000));
    }),
  );
const passing = fc
  .integer({ min: 1, max: 12 })
  .map((seconds) => named(`pass ${seconds}`, (simulation) => simulation.pass(seconds)));
const dying = fc
  .tuple(
    fc.constantFrom(
      'adopt',
      'open',
      'load',
      'finish',
      'raise',
      'markFed',
      'claim',
      'ack',
      'nack',
      'reap',
      'pending',
      'fire',
      'add',
    ),
    fc.constantFrom<DyingMoment>('before', 'after'),
    fc.integer({ min: 1, max: 6 }),
  )
  .map(([step, moment, nth]) =>
    named(`die ${moment} ${step} ${nth}`, (simulation) => simulation.owner.dieAt(step, moment, nth)),
  );
const rival = fc
  .integer({ min: -5_000, max: 5_000 })
  .map((skewMs) => named(`another owner, ${skewMs} ms ahead`, (simulation) => void simulation.startProcess(skewMs)));
const flushing = fc.constant(named('flush', (simulation) => simulation.wheel.flush()));
const redisAway = fc
  .boolean()
  .map((isAway) => named(`redis away ${isAway}`, (simulation) => void (simulation.wheel.isAway = isAway)));
const storeAway = fc
  .boolean()
  .map((isAway) => named(`store away ${isAway}`, (simulation) => void (simulation.isStoreAway = isAway)));
const skewing = fc
  .integer({ min: -5_000, max: 5_000 })
  .map((ms) => named(`skew ${ms}`, (simulation) => void (simulation.store.skewMs = ms)));
const sleeping = fc.integer({ min: 13, max: 400 }).map((seconds) =>
  named(`sleep ${seconds}`, async (simulation) => {
    simulation.clock.advance(seconds * 1_000);
    await simulation.tick();
  }),
);

const history = fc.array(
  fc.oneof(
    ...[
      setting,
      setting,
      passing,
      passing,
      settingFar,
      cancelling,
      moving,
      dying,
      rival,
      flushing,
      redisAway,
      storeAway,
      skewing,
      sleeping,
    ],
  ),
  { minLength: 5, maxLength: 40 },
);

/** What happens to a healthy cluster: everyone tells the index what it has committed, and nobody dies. */
const ordinary = fc.array(
  fc.oneof(
    ...[setting, setting, passing, passing, settingFar, cancelling].map((steps) =>
      steps.filter((step) => !String(step).includes('unindexed')),
    ),
    fc.integer({ min: 60, max: 900 }).map((seconds) =>
      named(`an hour's part of ${seconds} s`, async (simulation) => {
        for (let gone = 0; gone < seconds; gone += 30) {
          simulation.clock.advance(29_000);
          await simulation.pass(1);
        }
      }),
    ),
  ),
  { minLength: 5, maxLength: 40 },
);

describe('when nothing fails', () => {
  it('every pending timer is in exactly one slot or batch, or in the database alone because it lies beyond the fed mark', async () => {
    await fc.assert(
      fc.asyncProperty(ordinary, async (steps) => {
        const simulation = new TimerSimulation();
        await simulation.tick();
        for (const step of steps) {
          await step(simulation);
          expect([simulation.unindexed(), simulation.doubled()]).toEqual([[], []]);
          expect(simulation.passedOver()).toEqual([]);
        }
        await simulation.pass(35);
        expect(simulation.repairs).toBe(0);
        expect(simulation.missing(2_000)).toEqual([]);
        expect(simulation.doubles()).toEqual([]);
      }),
      { numRuns: 100 },
    );
  }, 60_000);
});

describe('whatever happens', () => {
  it('every pending timer is in a slot, in a batch, beyond the fed mark, or found; no slot is passed over; nothing fires twice; an old epoch changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        const simulation = new TimerSimulation();
        await simulation.tick();
        for (const step of steps) {
          await step(simulation);
          expect(simulation.passedOver()).toEqual([]);
          expect(simulation.trespasses).toEqual([]);
        }
        simulation.wheel.isAway = false;
        simulation.isStoreAway = false;
        simulation.store.skewMs = 0;
        // A back-off of 16 s, a lease of 10 s, a sweep of 10 s and its grace, one after the other.
        await simulation.pass(75);
        expect(simulation.missing(30_000)).toEqual([]);
        expect(simulation.doubles()).toEqual([]);
        expect(simulation.store.effects.filter(({ lateMs }) => lateMs < 0)).toEqual([]);
        expect(simulation.bugs).toEqual([]);
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});
