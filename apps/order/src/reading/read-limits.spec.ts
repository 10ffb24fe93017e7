/** Limits per caller and shape: who is over one is told so, and nobody else notices. No server. */
import { describe, expect, test } from '@jest/globals';
import type { CallerIdentity } from '@ordo/platform';
import { ReadLimits, ReadShape } from './read-limits.js';

const caller = (binding: Partial<CallerIdentity>): CallerIdentity => ({
  ...{ subject: 's', grants: new Set<string>(), roles: [] },
  ...binding,
});
const shop = caller({ merchantId: '7' });
const nothing = async (): Promise<number> => 1;

describe('the limits of reads', () => {
  test('refuse a shop’s list beyond its 600 of a minute, with the time to come back', async () => {
    const limits = new ReadLimits(1_000_000);
    for (let call = 0; call < 600; call += 1) await limits.run(ReadShape.MERCHANT_LIST, shop, nothing);
    let refused: unknown;
    try {
      limits.take(ReadShape.MERCHANT_LIST, shop);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code: 'RATE_LIMITED' });
    expect((refused as { retryAfterMs: number }).retryAfterMs).toBeGreaterThan(0);
  });

  test('leave its other shapes, and the lists of others, alone', async () => {
    const limits = new ReadLimits(1_000_000);
    for (let call = 0; call < 600; call += 1) await limits.run(ReadShape.MERCHANT_LIST, shop, nothing);
    expect(await limits.run(ReadShape.COUNTS, shop, nothing)).toBe(1);
    expect(await limits.run(ReadShape.MERCHANT_LIST, caller({ merchantId: '8' }), nothing)).toBe(1);
    expect(() => limits.take(ReadShape.FEED, shop)).not.toThrow();
  });

  test('let eight of a shape run at once, four hundred wait, and no more', async () => {
    const limits = new ReadLimits(1_000_000);
    const service = caller({});
    let [running, most] = [0, 0];
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const read = async (): Promise<void> => {
      running += 1;
      most = Math.max(most, running);
      await held;
      running -= 1;
    };
    const asked = Array.from({ length: 408 }, () => limits.run(ReadShape.USER_LIST, service, read));
    await expect(limits.run(ReadShape.USER_LIST, service, read)).rejects.toMatchObject({ code: 'OVERLOADED' });
    expect(await limits.run(ReadShape.COUNTS, service, nothing)).toBe(1);
    release();
    await Promise.all(asked);
    expect(most).toBe(8);
  });

  test('hold a service to its own number', () => {
    const limits = new ReadLimits(2);
    const service = caller({ subject: 'poller' });
    limits.take(ReadShape.FEED, service);
    limits.take(ReadShape.FEED, service);
    expect(() => limits.take(ReadShape.FEED, service)).toThrow('2');
  });
});
