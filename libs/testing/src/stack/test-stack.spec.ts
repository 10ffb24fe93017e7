/** A spec without servers must fail by name, and never pass as skipped. */
import { describe, expect, it } from '@jest/globals';
import { testStack } from './test-stack.js';

const COMPLETE = {
  ORDO_MYSQL_NODES: 'mysql://a,mysql://b',
  ORDO_AMQP_URL: 'amqp://c',
  ORDO_REDIS_CACHE_URL: 'redis://d',
  ORDO_REDIS_TIMERS_URL: 'redis://g',
  ORDO_REDIS_PROMISE_URLS: 'redis://e,redis://f',
};

describe('the test stack', () => {
  it('names every variable that is missing and the command that sets them', () => {
    expect(() => testStack(COMPLETE)).toThrow(/^ORDO_AUTH_KEYS not set: .*npm test/);
    expect(() => testStack({})).toThrow(
      /ORDO_MYSQL_NODES, ORDO_AMQP_URL, ORDO_REDIS_CACHE_URL, ORDO_REDIS_TIMERS_URL, ORDO_REDIS_PROMISE_URLS, ORDO_AUTH_KEYS/,
    );
  });

  it('keeps the order of nodes and rooms, because it is their name', () => {
    const stack = testStack({ ...COMPLETE, ORDO_AUTH_KEYS: '{}' });
    expect(stack.mysqlNodes).toEqual(['mysql://a', 'mysql://b']);
    expect(stack.redisPromiseUrls).toEqual(['redis://e', 'redis://f']);
    expect(stack.profile).toBe('test');
  });
});
