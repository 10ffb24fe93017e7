/** Whoever sets a timer waits for a healthy index, hardly for a hanging one, and not at all for one that is known to hang. */
import { describe, expect, it } from '@jest/globals';
import { IndexPatience } from './index-patience.js';

interface Work {
  readonly done: Promise<void>;
  readonly end: () => void;
}

function work(): Work {
  let end = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { done, end: () => end() };
}

async function tookMs(waiting: Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await waiting;
  return performance.now() - startedMs;
}

describe('the patience with the index', () => {
  it('waits for what comes back in time', async () => {
    const quick = work();
    let hasEnded = false;
    const waiting = new IndexPatience().wait(quick.done).then(() => {
      hasEnded = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(hasEnded).toBe(false);
    quick.end();
    await waiting;
    expect(hasEnded).toBe(true);
  });

  it('ends after fifty milliseconds, and is gone until something has come back in time', async () => {
    const patience = new IndexPatience();
    const hanging = work();
    expect(await tookMs(patience.wait(hanging.done))).toBeGreaterThanOrEqual(45);
    expect(await tookMs(patience.wait(work().done))).toBeLessThan(40);
    hanging.end();
    await hanging.done;
    expect(await tookMs(patience.wait(work().done))).toBeLessThan(40);
    const quick = work();
    const waiting = patience.wait(quick.done);
    quick.end();
    await waiting;
    await quick.done;
    expect(await tookMs(patience.wait(work().done))).toBeGreaterThanOrEqual(45);
  });
});
