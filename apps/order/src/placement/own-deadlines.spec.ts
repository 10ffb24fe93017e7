/** What an order may be placed with, at each edge of each limit. The limits are written out by hand: they are the contract. */
import { describe, expect, it } from '@jest/globals';
import type { OrderDeadlines } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import { businessTypeByName } from '../lifecycle/order.state.js';
import { ownDeadlines } from './own-deadlines.rules.js';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

const limits = [
  ['takeout', 'paySeconds', MINUTE, DAY],
  ['takeout', 'acceptSeconds', 5 * MINUTE, 10 * MINUTE],
  ['takeout', 'receiveSeconds', 30 * MINUTE, DAY],
  ['takeout', 'completeSeconds', 10 * MINUTE, 7 * DAY],
  ['virtual', 'paySeconds', MINUTE, DAY],
  ['virtual', 'acceptSeconds', 5 * MINUTE, 10 * MINUTE],
  ['virtual', 'completeSeconds', 10 * MINUTE, 7 * DAY],
] as const;

function violationsOf(bizType: string, asked: OrderDeadlines, shortestSeconds?: number): unknown {
  try {
    ownDeadlines(businessTypeByName(bizType), asked, shortestSeconds);
    return [];
  } catch (error) {
    if (error instanceof Refusal) return error.details['violations'];
    throw error;
  }
}

describe('the deadlines that an order is placed with', () => {
  it.each(limits)('%s: %s is %i to %i and nothing beside', (bizType, member, min, max) => {
    for (const seconds of [min, max]) expect(violationsOf(bizType, { [member]: seconds })).toEqual([]);
    for (const seconds of [min - 1, max + 1]) {
      expect(violationsOf(bizType, { [member]: seconds })).toEqual([
        { field: `deadlines.${member}`, rule: 'limits', message: `must be ${min} to ${max} for a ${bizType} order` },
      ]);
    }
  });

  it('are refused one by one, each by its name', () => {
    expect(violationsOf('takeout', { paySeconds: 1, acceptSeconds: 480, completeSeconds: 1 })).toMatchObject([
      { field: 'deadlines.paySeconds' },
      { field: 'deadlines.completeSeconds' },
    ]);
  });

  it('are refused where the business type has no such state', () => {
    expect(violationsOf('virtual', { receiveSeconds: HOUR })).toEqual([
      { field: 'deadlines.receiveSeconds', rule: 'unknownField', message: 'is not a deadline of a virtual order' },
    ]);
  });

  it('are none when nothing was asked for, and in one order however they were written', () => {
    const takeout = businessTypeByName('takeout');
    expect(ownDeadlines(takeout, undefined)).toBeUndefined();
    expect(ownDeadlines(takeout, {})).toBeUndefined();
    const written = ownDeadlines(takeout, { completeSeconds: HOUR, paySeconds: HOUR });
    expect(JSON.stringify(written)).toBe('{"paySeconds":3600,"completeSeconds":3600}');
  });

  it('may be shorter where the floor is lowered, and never longer', () => {
    expect(violationsOf('takeout', { paySeconds: 2, acceptSeconds: 2 }, 2)).toEqual([]);
    expect(violationsOf('takeout', { paySeconds: 1 }, 2)).toMatchObject([
      { message: 'must be 2 to 86400 for a takeout order' },
    ]);
    expect(violationsOf('takeout', { acceptSeconds: 601 }, 2)).toHaveLength(1);
    // A floor above that of the type raises nothing.
    expect(violationsOf('takeout', { paySeconds: 60 }, 3_600)).toEqual([]);
  });
});
