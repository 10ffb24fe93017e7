/** Waiting for a queue in simulated time: until it is drained, or until nothing has moved for as long as the patience lasts. */
import { describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { QueueState } from '@ordo/timers';
import { type DrainOutcome, type DrainPorts, drain } from './drain.js';
import type { QueueDepth } from './queue-depth.repository.js';
import type { QueueOnNode } from './queue-view.js';

const START_MS = 1_700_000_000_000;

const depthOf = (due: number, nowMs: number): QueueDepth => ({
  ...{ pending: due, due, failed: 0, oldestDueMs: START_MS, nowMs },
});
const stuck = (facts: Partial<QueueOnNode>): QueueOnNode => ({
  ...{ node: 'node-0', depth: depthOf(5, START_MS), leases: [], partitions: 64 },
  position: {
    ...{ queue: 'q', group: 'timers', state: QueueState.OPEN, reason: null, changedBy: null, changedMs: START_MS },
  },
  ...facts,
});

interface Rehearsal {
  readonly outcome: DrainOutcome;
  readonly told: readonly string[];
  readonly marks: readonly (number | undefined)[];
  readonly seconds: number;
}

/** `dueOf`: what is left on the one node in each second; an error: it is away. */
async function rehearse(
  dueOf: (second: number) => number,
  view: QueueOnNode = stuck({}),
  index: Awaited<ReturnType<DrainPorts['view']>>['index'] = { partitions: 64, surveys: [] },
): Promise<Rehearsal> {
  let second = 0;
  const told: string[] = [];
  const marks: (number | undefined)[] = [];
  const outcome = await drain(
    {
      nodes: [
        {
          node: 'node-0',
          depth: async (dueByMs) => {
            marks.push(dueByMs);
            return depthOf(dueOf(second), START_MS + second * 1_000);
          },
        },
      ],
      view: async () => ({ home: { queue: 'q', schema: 'ordo_node' }, nodes: [view], index }),
      pause: async () => void (second += 1),
      nowMs: () => second * 1_000,
      tell: (line) => void told.push(line),
    },
    10_000,
  );
  return { outcome, told, marks, seconds: second };
}

describe('a drain', () => {
  it('ends at once when nothing is due', async () => {
    expect(await rehearse(() => 0)).toMatchObject({ outcome: { isDrained: true }, told: [], seconds: 0 });
  });

  it('tells what is left and ends when all that was due at its beginning is gone', async () => {
    const { outcome, told, marks } = await rehearse((second) => Math.max(0, 3 - second));
    expect(outcome.isDrained).toBe(true);
    expect(told).toEqual(['node-0 3', 'node-0 2', 'node-0 1']);
    expect(marks).toEqual([undefined, START_MS, START_MS, START_MS]);
  });

  it('goes on for longer than the patience as long as something moves', async () => {
    expect(await rehearse((second) => Math.max(0, 40 - Math.floor(second / 9)))).toMatchObject({
      outcome: { isDrained: true },
      seconds: 360,
    });
  });

  it('gives up when nothing has moved for ten seconds', async () => {
    expect(await rehearse((second) => (second < 5 ? 9 - second : 5))).toMatchObject({
      outcome: { isDrained: false },
      seconds: 14,
    });
  });

  it('waits for a node that is away, and says so in the end', async () => {
    const { outcome, told } = await rehearse(() => {
      throw new Transient('NODE_UNAVAILABLE', 'down', 0);
    });
    expect(outcome.isDrained).toBe(false);
    expect(new Set(told)).toEqual(new Set(['node-0 away']));
  });

  it('says that the queue is paused', async () => {
    const position = { ...stuck({}).position, state: QueueState.PAUSED, changedBy: 'li@desk' } as never;
    expect((await rehearse(() => 5, stuck({ position }))).outcome.reasons).toEqual([
      expect.stringMatching(/^node-0: PAUSED .* by li@desk/),
    ]);
  });

  it('says that nobody owns the partitions', async () => {
    expect((await rehearse(() => 5)).outcome.reasons).toEqual(['node-0: owners: NOBODY has 64']);
  });

  it('says that no process fires the queue', async () => {
    const view = stuck({ position: undefined, leases: undefined });
    expect((await rehearse(() => 5, view)).outcome.reasons).toEqual(['node-0: no process fires the queue']);
  });

  it('says where to look when nothing of that is so', async () => {
    const lease = { schema: 'ordo_node', name: 'timers', slot: 0, owner: 'a~1', epoch: 1, leftMs: 9_000, memo: null };
    const { outcome } = await rehearse(() => 5, stuck({ leases: [lease], partitions: 1 }));
    expect(outcome.reasons).toEqual([expect.stringContaining('the log of the workers')]);
  });
});
