/**
 * P6 at each step between claim and ack: nodes that end themselves there as by SIGKILL, in the middle of everything else that they do. The
 * simulation (`libs/timers/src/engine`) knows every step; here it is real servers, real processes and counted effects.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { IndexReader } from '../harness/index-reader.js';
import { EACH_ONCE, latenessOf, quantile } from '../harness/timer-ledger.js';
import type { TimerProcess } from '../harness/timer-process.js';
import { TimerStage } from '../harness/timer-stage.js';
import type { Death } from '../programs/node-messages.js';

const HEAP = 6_000;
const POISON = 128;
const CASE_MS = 150_000;
const DIED_MS = 40_000;
const SETTLED_MS = 60_000;
const retries = { maxAttempts: 2, backOffMs: 500 };

const nameOf = ({ step, moment }: Death): string => `${moment} ${step}`;

describe('a node that dies', () => {
  let stage: TimerStage;
  let index: IndexReader;

  beforeAll(async () => {
    stage = await TimerStage.open();
    index = new IndexReader(stage.redisUrl, stage.queue);
    await stage.start({ retries });
  }, CASE_MS);

  afterAll(async () => {
    await index.close();
    await stage.close();
  }, CASE_MS);

  async function startDoomed(deaths: readonly Death[]): Promise<TimerProcess[]> {
    const doomed = await stage.start(...deaths.map((death) => ({ retries, death })));
    await stage.shared();
    return doomed;
  }

  async function haveDied(deaths: readonly Death[], doomed: readonly TimerProcess[]): Promise<void> {
    await eventually(
      () => doomed.every(({ hasEnded }) => hasEnded),
      `nodes die at ${deaths.map(nameOf).join(', ')}`,
      DIED_MS,
    );
  }

  async function expectEachOnce(deaths: readonly Death[]): Promise<void> {
    const account = await stage.settle(`died ${deaths.map(nameOf).join(', ')}`, SETTLED_MS, async () => {
      const latest = quantile(latenessOf(stage.due, await stage.allEffects()), 1);
      const { failures } = (await stage.living[0]?.report()) ?? {};
      return `latest ${(latest / 1_000).toFixed(1)} s; steps of the survivor to be tried again ${JSON.stringify(failures)}`;
    });
    expect(account).toMatchObject(EACH_ONCE);
  }

  it(
    'between its claim and its commit, or before it knows that it has committed, loses nothing and does nothing twice',
    async () => {
      const deaths: Death[] = [
        { step: 'claim', moment: 'after', nth: 3 },
        { step: 'handler', moment: 'before', nth: 300 },
        { step: 'gate', moment: 'before', nth: 2 },
        { step: 'gate', moment: 'after', nth: 2 },
      ];
      const doomed = await startDoomed(deaths);
      await stage.set('heap-', HEAP, () => Date.now() + 1_000);
      await haveDied(deaths, doomed);
      await expectEachOnce(deaths);
    },
    CASE_MS,
  );

  it(
    'before its ack, while it puts back, while it makes the index anew, or before it has told the index, does neither',
    async () => {
      await stage.turnPage();
      const deaths: Death[] = [
        { step: 'ack', moment: 'before', nth: 2 },
        { step: 'nack', moment: 'after', nth: 1 },
        { step: 'load', moment: 'after', nth: 1 },
        { step: 'add', moment: 'before', nth: 1 },
      ];
      const doomed = await startDoomed(deaths);
      const dueMs = Date.now() + 4_000;
      const setter = doomed[3] as TimerProcess;
      await setter.set('set-by-the-dead-', 500, dueMs).catch(() => undefined);
      await stage.enter('set-by-the-dead-');
      expect(stage.due.size).toBe(500);
      await stage.set('heap-', HEAP, () => dueMs);
      const poison = Array.from({ length: POISON }, (_, at) => ({ queue: stage.queue, key: `throws-${at}`, dueMs }));
      await stage.timers.scheduleAll(poison);
      await index.flush();
      await haveDied(deaths, doomed);
      await expectEachOnce(deaths);
    },
    CASE_MS,
  );
});
