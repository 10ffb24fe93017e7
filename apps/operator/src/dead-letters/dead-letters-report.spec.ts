/** What `ordo dlq` prints of queues, of letters and of a redrive. */
import { describe, expect, it } from '@jest/globals';
import { anEvent, type DeadLetter } from '@ordo/broadcast';
import { backlogLines, letterLines, redriveLine } from './dead-letters-report.js';

const letter: DeadLetter = {
  ...{ messageId: '7-2', exchange: 'ordo.order', routingKey: 'takeout.paid', attempts: 16, family: 'transient' },
  ...{ code: 'NODE_UNAVAILABLE', message: 'node 1 is away', failedAt: '2026-11-20T12:00:00.000Z' },
  event: anEvent('order.paid', { orderId: '7' }),
};

describe('the report of dead letters', () => {
  it('says of a letter which event of which order it is, how often it was tried, and why it failed', () => {
    expect(letterLines([letter])).toEqual([
      '7-2  ordo.order.paid.v1 of order 7, takeout.paid, after 16 attempts at 2026-11-20T12:00:00.000Z',
      '    transient NODE_UNAVAILABLE: node 1 is away',
    ]);
  });

  it('shows nothing of the data of an event, nor of what is no event', () => {
    const lines = letterLines([
      { ...letter, event: undefined, attempts: 0, code: 'delivery_limit', message: '', family: 'broker' },
    ]);
    expect(lines.join()).toContain('no readable event, takeout.paid, given up by the broker');
    expect(letterLines([letter]).join()).not.toContain('paidAmount');
  });

  it('marks a queue that nobody consumes although messages wait, and one that is missing', () => {
    const base = { queue: 'ordo.order.billing.book', owner: 'billing', deadLetters: 2, consumers: 0 };
    const lines = backlogLines([
      { ...base, messages: 5 },
      { ...base, messages: 0 },
      { ...base, messages: undefined, deadLetters: undefined, consumers: undefined },
    ]);
    expect(lines[1]).toMatch(/5 +2 +0 {2}billing {2}nobody consumes it/);
    expect(lines[2]).not.toContain('nobody');
    expect(lines[3]).toContain('is not on the broker');
  });

  it('says how many went back, how many stay, and why it stopped', () => {
    expect(redriveLine('q', { redriven: 3, left: 1, stopped: undefined })).toBe(
      '3 went back to q, 1 were not meant and stay',
    );
    expect(redriveLine('q', { redriven: 0, left: 0, stopped: 'q is full' })).toContain('stopped: q is full');
  });
});
