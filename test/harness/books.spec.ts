/** The accountant is fed books that are wrong in one way each, and must name that way: one that cannot fail proves nothing. */
import { describe, expect, it } from '@jest/globals';
import { orderStatusCode } from '@ordo/contracts';
import { type Balance, balanceOf, type Findings, type HeardEvent, NOTHING_WRONG } from './books.js';

const heard = (version: number, changes: Partial<HeardEvent> = {}): HeardEvent => ({
  ...{ id: `7-${version}`, version, says: `version ${version}`, redelivered: false },
  ...changes,
});

const stored = { orderId: '7', version: 2, status: orderStatusCode.PAID };

/** One order, placed and paid, and everything in its place. */
const sound = {
  promised: [{ orderId: '7', version: 2, status: 'PAID' }],
  inUser: [stored],
  inMerchant: [stored],
  timelines: new Set(['7-1', '7-2']),
  events: [heard(1), heard(2)],
};

function balance(changes: Partial<Omit<Findings, 'heardOf'> & { events: readonly HeardEvent[] }> = {}): Balance {
  const { events, ...findings } = { ...sound, ...changes };
  return balanceOf({ ...findings, heardOf: (orderId) => (orderId === '7' ? events : []) });
}

const older = { ...stored, version: 1 };

describe('the books of a load', () => {
  it('find nothing wrong where nothing is', () => {
    expect(balance()).toEqual({ ...NOTHING_WRONG, orders: 1, events: 2, repeated: 0 });
  });

  it.each<[string, Parameters<typeof balance>[0], Partial<Balance>]>([
    ['an order that its user no longer has', { inUser: [] }, { lost: 2, missingInUser: 1 }],
    ['a change that its user no longer has', { inUser: [older] }, { lost: 1, missingInUser: 1, differing: 1 }],
    ['an order that its merchant never got', { inMerchant: [] }, { lost: 2, missingInMerchant: 1, differing: 1 }],
    ['a change that its merchant never got', { inMerchant: [older] }, { lost: 1, missingInMerchant: 1, differing: 1 }],
    ['an event that never came', { events: [heard(1)] }, { lost: 1, gaps: 1 }],
    ['an event that was left out in the middle', { events: [heard(2)] }, { lost: 1, gaps: 1 }],
    ['a timeline with a hole', { timelines: new Set(['7-2']) }, { gaps: 1 }],
    ['events in the wrong order', { events: [heard(2), heard(1)] }, { outOfOrder: 1 }],
    ['an event that came twice', { events: [heard(1), heard(2), heard(1)] }, { repeated: 1 }],
    [
      'a repeat that says something else',
      { events: [heard(1), heard(2), heard(1, { says: '' })] },
      { unrecognisable: 1 },
    ],
    [
      'an order that nobody was told of',
      { inUser: [stored, { ...stored, orderId: '8' }] },
      { surplus: 1, gaps: 2, differing: 1 },
    ],
    [
      'a state that nobody was told of',
      { promised: [{ orderId: '7', version: 2, status: 'INVALID' }] },
      { mistold: 1 },
    ],
    ['dimensions of different states', { inMerchant: [{ ...stored, status: 10 }] }, { differing: 1 }],
  ])('name %s', (_what, changes, figures) => {
    expect(balance(changes)).toMatchObject({ ...NOTHING_WRONG, repeated: 0, ...figures });
  });

  it('do not blame the publisher for what the broker delivered again', () => {
    expect(balance({ events: [heard(1), heard(2), heard(2, { redelivered: true })] }).repeated).toBe(0);
  });

  it('do not call a repeat of an old version out of order', () => {
    expect(balance({ events: [heard(1), heard(2), heard(1)] }).outOfOrder).toBe(0);
  });
});
