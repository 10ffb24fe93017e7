/** What an engine owes to the next owner of a partition: to say that it is gone, and to end what it has claimed before it is given away. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { MemoryTimerStore } from '../rehearsal/memory-timer-store.js';
import { MemoryWheel } from '../rehearsal/memory-wheel.js';
import type { IndexEntry } from '../slot/slot.js';
import type { FiringVerdict } from '../store/timer-store.js';
import type { OwnedPartition } from './partition-ownership.js';
import { TimerEngine } from './timer-engine.js';
import { silentRecorder } from './timer-recorder.js';

const START_MS = 1_700_000_000_500;

/** A store whose firings wait until a spec lets them go. */
class SlowStore extends MemoryTimerStore {
  letGo: () => void = () => undefined;
  private readonly gate = new Promise<void>((resolve) => {
    this.letGo = resolve;
  });
  begun = 0;

  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    this.begun += 1;
    await this.gate;
    return super.fire(entries);
  }
}

let clock: ManualClock;
let store: SlowStore;
let owned: OwnedPartition[];
let released: number[];
let engine: TimerEngine;

beforeEach(() => {
  clock = new ManualClock(START_MS);
  store = new SlowStore(clock);
  owned = [0, 1].map((partition) => ({ partition, epoch: 1 }));
  released = [];
  engine = new TimerEngine({
    ...{ store, clock, index: new MemoryWheel(clock) },
    ownership: {
      owned: () => owned,
      epochOf: (partition) => owned.find((each) => each.partition === partition)?.epoch,
    },
    recorder: { ...silentRecorder, released: (_queue, partition) => void released.push(partition) },
  });
});

const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function claimOneOf(partition: number): Promise<void> {
  await engine.tick();
  await engine.add([store.set('1', partition, START_MS + 500)]);
  clock.advance(1_000);
  void engine.tick();
  for (let count = 0; store.begun === 0 && count < 100; count += 1) await turnOfTheLoop();
  expect(store.begun).toBe(1);
}

describe('a partition that is given away', () => {
  it('is said to be released, and one that came back under a new epoch is not', async () => {
    await engine.tick();
    owned = [{ partition: 0, epoch: 2 }];
    await engine.tick();
    expect(released).toEqual([1]);
  });

  it('is handed over when what was claimed of it has been fired, and not before', async () => {
    await claimOneOf(1);
    owned = [{ partition: 0, epoch: 1 }];
    let isOver = false;
    const handing = engine.handedOver([1]).then(() => {
      isOver = true;
    });
    for (let count = 0; count < 5; count += 1) await turnOfTheLoop();
    expect([isOver, store.effects.length]).toEqual([false, 0]);
    store.letGo();
    await handing;
    expect(store.effects).toHaveLength(1);
  });

  it('waits for nothing of a partition that stays', async () => {
    await claimOneOf(0);
    owned = [{ partition: 0, epoch: 1 }];
    await engine.handedOver([1]);
    expect(store.effects).toEqual([]);
    store.letGo();
    await engine.settled();
  });

  it('is waited for by a stop, too', async () => {
    await claimOneOf(1);
    owned = [];
    await engine.handedOver([]);
    const stopping = engine.stop();
    store.letGo();
    await stopping;
    expect(store.effects).toHaveLength(1);
  });
});
