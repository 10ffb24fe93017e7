/** The formula of docs/consumers.md, with its figures. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_PREFETCH, prefetchFor } from './prefetch.rules.js';

describe('prefetchFor', () => {
  it.each([
    ['the example of the guide', { handlerMs: 20, instances: 2, peakPerSecond: 100 }, 3],
    ['a slow handler', { handlerMs: 500, instances: 2, peakPerSecond: 100 }, 51],
    ['more processes, fewer for each', { handlerMs: 500, instances: 10, peakPerSecond: 100 }, 11],
    ['hardly any load', { handlerMs: 1, instances: 1, peakPerSecond: 1 }, 2],
    ['more than a process should hold', { handlerMs: 60_000, instances: 1, peakPerSecond: 1_000 }, MAX_PREFETCH],
  ])('is what is under way, doubled: %s', (_, load, expected) => {
    expect(prefetchFor(load)).toBe(expected);
  });

  it('never takes more than half the queue, all processes together', () => {
    expect(prefetchFor({ handlerMs: 60_000, instances: 5, peakPerSecond: 1_000 }, 100)).toBe(10);
  });

  it('rises with the time of the handler and falls with the number of processes', () => {
    const some = fc.integer({ min: 1, max: 2_000 });
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 50 }), some, (handlerMs, instances, peakPerSecond) => {
        const load = { handlerMs, instances, peakPerSecond };
        expect(prefetchFor({ ...load, handlerMs: handlerMs + 1 })).toBeGreaterThanOrEqual(prefetchFor(load));
        expect(prefetchFor({ ...load, instances: instances + 1 })).toBeLessThanOrEqual(prefetchFor(load));
      }),
    );
  });
});
