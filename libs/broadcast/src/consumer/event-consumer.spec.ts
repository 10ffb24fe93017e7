/** Options that an EventConsumer refuses before it connects to anything. */
import { describe, expect, it } from '@jest/globals';
import { EventConsumer, type EventConsumerOptions } from './event-consumer.js';

const make = (changes: Partial<EventConsumerOptions>) => (): EventConsumer =>
  new EventConsumer({ url: 'amqp://127.0.0.1:1', queue: 'q', prefetch: 1, handler: async () => {}, ...changes });

describe('EventConsumer', () => {
  it.each([0, -1, 1.5, 1_001, Number.POSITIVE_INFINITY, Number.NaN])('refuses a prefetch of %p', (prefetch) => {
    expect(make({ prefetch })).toThrow(/prefetch is an integer from 1 to 1000/);
  });

  it.each([0, 17, 2.5])('refuses %p attempts', (attempts) => {
    expect(make({ maxAttempts: attempts })).toThrow(/maxAttempts is an integer from 1 to 16/);
    expect(make({ maxUnknownAttempts: attempts })).toThrow(/maxUnknownAttempts is an integer from 1 to 16/);
  });

  it('is not subscribed and counts nothing before it starts', () => {
    const consumer = make({})();
    expect(consumer.isSubscribed).toBe(false);
    expect(consumer.counts).toEqual({ handled: 0, refused: 0, retried: 0, deadLettered: 0, inFlight: 0 });
  });
});
