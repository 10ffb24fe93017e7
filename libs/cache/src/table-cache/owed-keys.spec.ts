import { describe, expect, it } from '@jest/globals';
import { OwedKeys } from './owed-keys.js';

describe('keys whose write is owed', () => {
  it('stay owed until their revision or a later one is settled', () => {
    const owed = new OwedKeys();
    owed.add('base:{1}', 4);
    owed.settle('base:{1}', 3);
    expect(owed.has('base:{1}')).toBe(true);
    owed.settle('base:{1}', 4);
    expect(owed.has('base:{1}')).toBe(false);
  });

  it('remember the highest revision, whatever the order of the failures', () => {
    const owed = new OwedKeys();
    owed.add('base:{1}', 5);
    owed.add('base:{1}', 4);
    expect(owed.take(1)).toEqual([['base:{1}', 5]]);
    expect(owed.exceeds('base:{1}', 4)).toBe(true);
    expect(owed.exceeds('base:{1}', 5)).toBe(false);
  });

  it('turn into a sweep of the family past their bound, and forget nothing they hold', () => {
    const owed = new OwedKeys(2);
    for (const key of ['a', 'b', 'c']) owed.add(key, 1);
    expect(owed.mustSweep).toBe(true);
    expect(owed.size).toBe(2);
    owed.settleAll();
    expect([owed.mustSweep, owed.size]).toEqual([false, 0]);
  });
});
