/** How long an accepted order waits for its delivery: from the promise where it carries one, from its acceptance where not. */
import { describe, expect, it } from '@jest/globals';
import { businessTypeByName } from '../lifecycle/order.state.js';
import { deadlinesFrom } from './promised-deadline.rules.js';

const NOW_MS = 1_800_000_000_000;
const HOUR_MS = 3_600_000;
const takeout = businessTypeByName('takeout');
const tokenOf = (instant: unknown): string =>
  `p1.${Buffer.from(JSON.stringify([instant, 'takeout'])).toString('base64url')}.signature`;
const waits = (promiseToken?: unknown, receiveSeconds?: number): number | undefined =>
  deadlinesFrom(
    takeout,
    {
      extension: promiseToken === undefined ? {} : { promiseToken },
      ...(receiveSeconds === undefined ? {} : { deadlines: { receiveSeconds } }),
    },
    NOW_MS,
  )?.receiveSeconds;

describe('an accepted order', () => {
  it('waits until three hours after its promise', () => {
    expect(waits(tokenOf(NOW_MS + HOUR_MS))).toBe(4 * 3_600);
  });

  it('waits no shorter than three hours when its promise has gone by already', () => {
    expect(waits(tokenOf(NOW_MS - HOUR_MS))).toBe(3 * 3_600);
  });

  it('waits no longer than its business type allows, whatever the token says', () => {
    expect(waits(tokenOf(NOW_MS + 1_000 * HOUR_MS))).toBe(24 * 3_600);
  });

  it('waits as it was placed to, promise or not', () => {
    expect(waits(tokenOf(NOW_MS + HOUR_MS), 1_900)).toBe(1_900);
  });

  it.each([
    ['no token', undefined],
    ['a text', 'soon'],
    ['another version', 'p2.WzFd.x'],
    ['no JSON', 'p1.%.x'],
    ['no instant', tokenOf('noon')],
  ])('waits as its business type says where there is %s', (_, token) => {
    expect(waits(token)).toBeUndefined();
  });

  it('of goods without a courier is not concerned', () => {
    const virtual = businessTypeByName('virtual');
    expect(deadlinesFrom(virtual, { extension: { promiseToken: tokenOf(NOW_MS + HOUR_MS) } }, NOW_MS)).toBeUndefined();
  });
});
