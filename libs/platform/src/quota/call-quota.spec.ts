/** One caller's loop is that caller's trouble alone. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock, type Transient } from '@ordo/kernel';
import type { CallerIdentity } from '../identity/caller-identity.js';
import { CallQuota } from './call-quota.js';

const aCaller = (fields: Partial<CallerIdentity>): CallerIdentity => ({
  ...{ subject: 'spec', grants: new Set(), roles: [] },
  ...fields,
});
const user = aCaller({ userId: '7' });

function refusalOf(quota: CallQuota, caller: CallerIdentity): Transient | undefined {
  try {
    quota.take(caller);
  } catch (error) {
    return error as Transient;
  }
  return undefined;
}

describe('a quota of calls', () => {
  const clock = new ManualClock(0);
  const quota = new CallQuota({ boundPerMinute: 3, servicePerMinute: 5, clock });

  it('lets a burst of its size through, refuses the next with 429, and says when to come again', () => {
    for (let call = 0; call < 3; call += 1) expect(refusalOf(quota, user)).toBeUndefined();
    expect(refusalOf(quota, user)).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 20_000 });
  });

  it('takes nothing from another user, a merchant of the same number, or a service', () => {
    for (const other of [
      aCaller({ userId: '8' }),
      aCaller({ merchantId: '7' }),
      aCaller({ subject: '7', roles: [2] }),
    ]) {
      expect(refusalOf(quota, other)).toBeUndefined();
    }
  });

  it('fills evenly, and never beyond its size', () => {
    clock.advance(20_000);
    expect([refusalOf(quota, user), refusalOf(quota, user)?.code]).toEqual([undefined, 'RATE_LIMITED']);
    clock.advance(3_600_000);
    for (let call = 0; call < 3; call += 1) expect(refusalOf(quota, user)).toBeUndefined();
    expect(refusalOf(quota, user)?.code).toBe('RATE_LIMITED');
  });
});
