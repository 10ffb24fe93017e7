/** DOMAIN §4: pushed again after 1, 2, 4, 8, 15, 30, 60 s … up to 15 min, then nobody is asked any more. */
import { describe, expect, it } from '@jest/globals';
import { nextPushAt, PUSH_INSTANTS_MS } from './push-instants.rules.js';

describe('the next push', () => {
  it('follows the table as long as nobody answers', () => {
    const seen: number[] = [];
    for (let atMs: number | null = 0; atMs !== null; atMs = nextPushAt(0, atMs)) seen.push(atMs / 1_000);
    expect(seen).toEqual([0, 1, 2, 4, 8, 15, 30, 60, 120, 240, 480, 900]);
  });

  it('skips the instants that a process slept through', () => {
    expect(nextPushAt(1_000, 1_000 + 20_500)).toBe(1_000 + 30_000);
  });

  it('is never in the past or now', () => {
    for (const instant of PUSH_INSTANTS_MS) expect(nextPushAt(0, instant) ?? Infinity).toBeGreaterThan(instant);
  });

  it('is nowhere after a quarter of an hour', () => {
    expect(nextPushAt(0, 899_999)).toBe(900_000);
    expect(nextPushAt(0, 900_000)).toBeNull();
  });

  it('is the last where an installation says so, and not one of the table falls away before', () => {
    const seen: number[] = [];
    for (let atMs: number | null = 0; atMs !== null; atMs = nextPushAt(0, atMs, 20_000)) seen.push(atMs / 1_000);
    expect(seen).toEqual([0, 1, 2, 4, 8, 15, 20]);
  });
});
