/** What is written together, when, and who is told how it went. */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { transient } from '@ordo/contracts';
import type { TimerRequest } from '@ordo/timers';
import { GatheredCauses } from './gathered-causes.js';

const GATHERED_MS = 20;
const request = (key: string): TimerRequest => ({ queue: 'q', key, dueMs: 1 });

function scripted() {
  const written: string[] = [];
  const causes = new GatheredCauses(async (requests, node) => {
    written.push(`${node}: ${requests.map(({ key }) => key).join(' ')}`);
    if (requests.some(({ key }) => key === 'broken')) throw new Error('broken');
    if (requests.some(({ key }) => key === 'away')) throw transient('NODE_UNAVAILABLE', 'away', 1);
  }, GATHERED_MS);
  return { causes, written };
}

describe('facts that begin refunds', () => {
  it('are written by one call for each node, and acknowledged when that is over', async () => {
    const { causes, written } = scripted();
    const noted = [causes.note(request('a'), 0), causes.note(request('b'), 1), causes.note(request('c'), 0)];
    await sleep(1);
    expect(written).toEqual([]);
    await Promise.all(noted);
    expect(written).toEqual(['0: a c', '1: b']);
  });

  it('are told together that their node is away, and the next are written', async () => {
    const { causes, written } = scripted();
    const outcomes = await Promise.allSettled([causes.note(request('a'), 0), causes.note(request('away'), 0)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await causes.note(request('a'), 0);
    expect(written).toEqual(['0: a away', '0: a']);
  });

  it('are written although one among them never can be', async () => {
    const { causes } = scripted();
    const noted = ['a', 'broken', 'b'].map((key) => causes.note(request(key), 0));
    const outcomes = await Promise.allSettled(noted);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('wait for nothing more once five hundred are there', async () => {
    const causes = new GatheredCauses(async () => undefined, 60_000);
    await Promise.all(Array.from({ length: 500 }, (_, at) => causes.note(request(`${at}`), 0)));
  });
});
