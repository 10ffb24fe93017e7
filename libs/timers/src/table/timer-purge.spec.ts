/** Who forgets ended timers, how much at a time, and what stands in the way of it. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { soleOwnership } from '../engine/partition-ownership.js';
import { silentRecorder } from '../engine/timer-recorder.js';
import { TimerPurge, type TimerPurgeOptions } from './timer-purge.js';

const NOW_MS = 1_700_000_000_000;
const KEEP_MS = 5_000;

let left: Map<number, number>;
let calls: { partition: number; beforeMs: number }[];
let purged: number;
let failures: string[];

const queue = {
  queue: 'q',
  purge: async (partition: number, beforeMs: number, stride: number): Promise<number> => {
    calls.push({ partition, beforeMs });
    const count = Math.min(left.get(partition) ?? 0, stride);
    left.set(partition, (left.get(partition) ?? 0) - count);
    return count;
  },
};

beforeEach(() => {
  left = new Map();
  calls = [];
  purged = 0;
  failures = [];
});

const aPurge = (options: Partial<TimerPurgeOptions> = {}): TimerPurge =>
  new TimerPurge({
    ...{ queues: [queue], ownership: soleOwnership(1, [0, 1]), clock: new ManualClock(NOW_MS), keepMs: KEEP_MS },
    recorder: {
      ...silentRecorder,
      purged: (_queue, count) => void (purged += count),
      failed: (_queue, step) => void failures.push(step),
    },
    ...options,
  });

describe('a round', () => {
  it('asks for every owned partition once when there is nothing to forget', async () => {
    await aPurge().round();
    expect(calls).toEqual([0, 1].map((partition) => ({ partition, beforeMs: NOW_MS - KEEP_MS })));
    expect(purged).toBe(0);
  });

  it('goes on with a partition until less than a stride is left, and then with the next', async () => {
    left.set(0, 2_500);
    left.set(1, 10);
    await aPurge().round();
    expect(calls.map(({ partition }) => partition)).toEqual([0, 0, 0, 1]);
    expect(purged).toBe(2_510);
  });

  it('leaves a backlog of one partition for the next round rather than keep the others waiting', async () => {
    left.set(0, 1_000_000);
    left.set(1, 10);
    await aPurge().round();
    expect(left.get(0)).toBe(950_000);
    expect(left.get(1)).toBe(0);
  });

  it('touches nothing that others own, from the moment on at which it is lost', async () => {
    left.set(0, 5_000);
    const owned = soleOwnership(1, [0, 1]);
    await aPurge({
      ownership: { ...owned, epochOf: (partition) => (calls.length < 2 ? owned.epochOf(partition) : undefined) },
    }).round();
    expect(calls).toHaveLength(2);
  });

  it('goes on with the next partition when one fails', async () => {
    const failing = {
      ...queue,
      purge: (partition: number, beforeMs: number, stride: number) => {
        if (partition === 0) throw new Error('deadlock');
        return queue.purge(partition, beforeMs, stride);
      },
    };
    await aPurge({ queues: [failing] }).round();
    expect(failures).toEqual(['purge']);
    expect(calls.map(({ partition }) => partition)).toEqual([1]);
  });
});

describe('a purge', () => {
  it('ends with its process', async () => {
    const purge = aPurge({ everyMs: 1 });
    purge.start();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await purge.stop();
    const before = calls.length;
    expect(before).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(calls).toHaveLength(before);
  });
});
