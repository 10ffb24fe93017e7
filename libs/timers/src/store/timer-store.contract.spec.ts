/** The contract suite finds what it is there to find: stores that are broken on purpose fail the very case that is named for them. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { MemoryTimerStore } from '../rehearsal/memory-timer-store.js';
import type { IndexEntry } from '../slot/slot.js';
import { type TimerStoreHarness, timerStoreContract } from './timer-store.contract.js';
import type { FiringVerdict, PendingPage, SlotRange } from './timer-store.js';

const PARTITION = 3;

function harnessOf(store: MemoryTimerStore): TimerStoreHarness {
  let nextId = 100;
  return {
    store,
    partition: PARTITION,
    nowMs: async () => store.nowMs(),
    set: async (dueMs) =>
      dueMs.map((due) => {
        nextId += 1;
        return store.set(String(nextId), PARTITION, due);
      }),
    cancel: async ({ id }) => store.cancel(id),
    reschedule: async ({ id }, dueMs) => void store.reschedule(id, dueMs),
    poison: async ({ id }) => void store.poison.add(id),
    effects: async ({ id }) => store.effects.filter((effect) => effect.id === id).length,
  };
}

class ForgetfulStore extends MemoryTimerStore {
  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    for (const { id } of entries) {
      const timer = this.timers.get(id);
      if (timer?.state === 'fired') timer.state = 'pending';
    }
    return super.fire(entries);
  }
}

/** Looks first and changes later, as a store without a conditional update does. */
class RacyStore extends MemoryTimerStore {
  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    const seen = entries.map(({ id }) => this.timers.get(id)?.state);
    await Promise.resolve();
    entries.forEach(({ id }, at) => {
      const timer = this.timers.get(id);
      if (timer !== undefined && seen[at] === 'pending') timer.state = 'pending';
    });
    return super.fire(entries);
  }
}

class HastyStore extends MemoryTimerStore {
  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    this.skewMs = 20_000;
    const verdicts = await super.fire(entries);
    this.skewMs = 0;
    return verdicts;
  }
}

class FragileStore extends MemoryTimerStore {
  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    const spoiled = entries.some(({ id }) => this.poison.has(id));
    return spoiled ? entries.map(() => ({ kind: 'retried', dueMs: this.nowMs() })) : super.fire(entries);
  }
}

class SkippingStore extends MemoryTimerStore {
  override async pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    const page = await super.pending(partition, range, limit, after);
    const slot = page.next?.split(':')[0];
    return slot === undefined ? page : { ...page, next: `${slot}:${Number.MAX_SAFE_INTEGER}` };
  }
}

class CarelessStore extends MemoryTimerStore {
  override async overdue(): Promise<readonly number[]> {
    return [];
  }
}

class ShuffledStore extends MemoryTimerStore {
  override async pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    const page = await super.pending(partition, range, limit, after);
    return { ...page, entries: [...page.entries].reverse() };
  }
}

class LocalClockStore extends MemoryTimerStore {
  override pending(partition: number, range: SlotRange, limit: number, after?: string): Promise<PendingPage> {
    const toSlot = range.toSlot === 'now' ? 2_000_000_000 : range.toSlot;
    return super.pending(partition, { ...range, toSlot }, limit, after);
  }
}

const aClock = (): ManualClock => new ManualClock(1_700_000_000_000);

describe('the contract of a timer store', () => {
  it.each(timerStoreContract.map((each) => [each.name, each] as const))('memory: %s', (_, each) =>
    each.run(harnessOf(new MemoryTimerStore(aClock()))),
  );

  it.each([
    [ForgetfulStore, 'a due timer fires once, however often it is asked for'],
    [RacyStore, 'two askers at the same moment have one effect between them'],
    [HastyStore, 'a timer that is not due yet stays pending and says when it is'],
    [FragileStore, 'a poisonous timer is tried again later, and its neighbours fire now'],
    [SkippingStore, 'pages name every pending timer of the range once, in the order of slots'],
    [ShuffledStore, 'pages name every pending timer of the range once, in the order of slots'],
    [CarelessStore, 'what is overdue by the store’s clock is found by it, and nothing else'],
    [LocalClockStore, 'what is overdue by the store’s clock is found by it, and nothing else'],
  ])('%p fails the case "%s"', async (Broken, name) => {
    const found = timerStoreContract.find((each) => each.name === name);
    await expect(found?.run(harnessOf(new Broken(aClock())))).rejects.toThrow();
  });
});
