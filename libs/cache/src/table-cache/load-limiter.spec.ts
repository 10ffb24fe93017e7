import { describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { LoadLimiter } from './load-limiter.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function heldLoads() {
  const releases: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const load = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => releases.push(resolve));
    running -= 1;
  };
  return { releases, load, most: () => most, running: () => running };
}

describe('the load limiter', () => {
  it('lets no more than its bound run at once, and all of them in the end', async () => {
    const limiter = new LoadLimiter({ concurrent: 3, waiting: 100 });
    const { releases, load, most } = heldLoads();
    const all = Array.from({ length: 20 }, () => limiter.run(load));
    for (let released = 0; released < 20; released += 1) {
      await turn();
      releases[released]?.();
    }
    await Promise.all(all);
    expect(most()).toBe(3);
  });

  it('refuses as OVERLOADED what would wait past the bound, at once', async () => {
    const limiter = new LoadLimiter({ concurrent: 1, waiting: 1 });
    const { releases, load } = heldLoads();
    const held = limiter.run(load);
    const waiting = limiter.run(load);
    await expect(limiter.run(load)).rejects.toMatchObject({ code: 'OVERLOADED', retryAfterMs: 200 });
    await expect(limiter.run(load)).rejects.toBeInstanceOf(Transient);
    releases[0]?.();
    await held;
    await turn();
    releases[1]?.();
    await waiting;
  });

  it('gives its slot back after a load that failed', async () => {
    const limiter = new LoadLimiter({ concurrent: 1, waiting: 0 });
    await expect(limiter.run(async () => Promise.reject(new Error('node away')))).rejects.toThrow('node away');
    await expect(limiter.run(async () => 'row')).resolves.toBe('row');
  });
});
