/** The lane between partitions and the database: full batches, bounded work, and a culprit that stands alone. */
import { describe, expect, it, jest } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { MemoryTimerStore } from '../rehearsal/memory-timer-store.js';
import type { IndexEntry } from '../slot/slot.js';
import type { FiringVerdict } from '../store/timer-store.js';
import { FireLane } from './fire-lane.js';
import { silentRecorder } from './timer-recorder.js';

class GatedStore extends MemoryTimerStore {
  readonly sizes: number[] = [];
  readonly gates: (() => void)[] = [];

  constructor(private readonly answer: (entries: readonly IndexEntry[]) => readonly FiringVerdict[]) {
    super({ nowMs: () => 0, monotonicMs: () => 0 });
  }

  override async fire(entries: readonly IndexEntry[]): Promise<readonly FiringVerdict[]> {
    this.sizes.push(entries.length);
    await new Promise<void>((resolve) => this.gates.push(resolve));
    return this.answer(entries);
  }

  open(): void {
    for (const pass of this.gates.splice(0)) pass();
  }
}

const fired = (entries: readonly IndexEntry[]): FiringVerdict[] =>
  entries.map(({ id }) => ({ kind: 'fired', lateMs: Number(id) }));
const part = (from: number, count: number): IndexEntry[] =>
  Array.from({ length: count }, (_, at) => ({ id: String(from + at), slot: 1, partition: 1 }));
const turns = async (count = 10): Promise<void> => {
  for (let at = 0; at < count; at += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('the fire lane', () => {
  it('makes one batch of what is claimed in one turn, up to five hundred, and answers each part with its own verdicts', async () => {
    const store = new GatedStore(fired);
    const lane = new FireLane(store, silentRecorder);
    const answers = [0, 1, 2, 3, 4, 5].map((at) => lane.fire(part(at * 100 + 1, 100)));
    await turns();
    store.open();
    const verdicts = await Promise.all(answers);
    expect(store.sizes).toEqual([500, 100]);
    expect(verdicts.map(([first]) => first)).toEqual(
      [1, 101, 201, 301, 401, 501].map((lateMs) => ({ kind: 'fired', lateMs })),
    );
  });

  it('has four batches under way, and room for others only when they are done', async () => {
    const store = new GatedStore(fired);
    const lane = new FireLane(store, silentRecorder);
    const answers = Array.from({ length: 14 }, (_, at) => lane.fire(part(at * 500 + 1, 500)));
    let hasRoom = false;
    const room = turns()
      .then(() => lane.room())
      .then(() => (hasRoom = true));
    await turns(30);
    expect([store.sizes.length, hasRoom]).toEqual([4, false]);
    for (let count = 0; count < 4; count += 1) {
      store.open();
      await turns();
    }
    await room;
    await Promise.all(answers);
    expect(store.sizes).toHaveLength(14);
  });

  it('halves a batch that its store fails on until the culprit stands alone', async () => {
    const store = new GatedStore((entries) => {
      if (entries.some(({ id }) => id === '37')) throw new TypeError('not a timer');
      return fired(entries);
    });
    const lane = new FireLane(store, silentRecorder);
    const answer = lane.fire(part(1, 64));
    for (let count = 0; count < 20; count += 1) {
      await turns(2);
      store.open();
    }
    const verdicts = await answer;
    expect(verdicts.filter(({ kind }) => kind === 'fired')).toHaveLength(63);
    expect(verdicts[36]).toEqual({ kind: 'unanswered', isPoison: true });
  });

  it('asks a store that is away once, not by halves', async () => {
    const store = new GatedStore(() => {
      throw new Transient('NODE_UNAVAILABLE', 'away', 1);
    });
    const answer = new FireLane(store, silentRecorder).fire(part(1, 64));
    await turns();
    store.open();
    expect(new Set((await answer).map((verdict) => JSON.stringify(verdict)))).toEqual(
      new Set([JSON.stringify({ kind: 'unanswered', isPoison: false })]),
    );
    expect(store.sizes).toEqual([64]);
  });

  it('lets a batch that takes longer than a second give its place to another', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'performance'] });
    const store = new GatedStore(fired);
    const lane = new FireLane(store, silentRecorder);
    const answers = Array.from({ length: 6 }, (_, at) => lane.fire(part(at * 500 + 1, 500)));
    await turns();
    expect(store.sizes).toHaveLength(4);
    jest.advanceTimersByTime(1_100);
    await turns();
    expect(store.sizes).toHaveLength(6);
    jest.useRealTimers();
    store.open();
    await Promise.all(answers);
  });
});
