import { describe, expect, it } from '@jest/globals';
import { ConfigurationError } from './configuration.errors.js';
import { type Environment, loadConfig } from './configuration.js';
import { ordoVariables } from './ordo-variables.js';
import { integerBetween, list, oneOf, setOf, text, timeZone, url, urls } from './readers.js';
import { optional, required } from './variable.js';

const SECRET = 'hunter2';

function problemsOf(environment: Environment): readonly { name: string; rule: string }[] {
  try {
    loadConfig(ordoVariables, environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
}

const complete: Environment = {
  ORDO_MYSQL_NODES: 'mysql://u:p@a:3306,mysql://u:p@b:3306',
  ORDO_AMQP_URL: 'amqp://u:p@c:5672',
  ORDO_REDIS_CACHE_URL: 'redis://d:6379',
  ORDO_REDIS_TIMERS_URL: 'redis://e:6379',
  ORDO_AUTH_KEYS: JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.alloc(32).toString('base64url') }] }),
};

describe('the configuration', () => {
  it('fills in the documented defaults', () => {
    expect(loadConfig(ordoVariables, complete)).toMatchObject({
      mysqlNodes: ['mysql://u:p@a:3306', 'mysql://u:p@b:3306'],
      roles: new Set(['api', 'worker']),
      httpPort: 7101,
      grpcPort: 7102,
      logLevel: 'info',
      businessTimeZone: 'UTC',
      authIssuer: 'ordo',
    });
  });

  it('treats an empty variable as absent', () => {
    expect(loadConfig(ordoVariables, { ...complete, ORDO_HTTP_PORT: ' ' }).httpPort).toBe(7101);
    expect(problemsOf({ ...complete, ORDO_AMQP_URL: '' })).toEqual([
      { name: 'ORDO_AMQP_URL', rule: 'is required and not set' },
    ]);
  });

  it('names every problem at once', () => {
    const names = problemsOf({ ORDO_HTTP_PORT: '70000', ORDO_ROLES: 'api,boss', ORDO_AUTH_KEYS: '{' }).map(
      ({ name }) => name,
    );
    expect(new Set(names)).toEqual(
      new Set([
        'ORDO_HTTP_PORT',
        'ORDO_ROLES',
        'ORDO_AUTH_KEYS',
        'ORDO_MYSQL_NODES',
        'ORDO_AMQP_URL',
        'ORDO_REDIS_CACHE_URL',
        'ORDO_REDIS_TIMERS_URL',
      ]),
    );
  });

  it.each([
    'ORDO_MYSQL_NODES',
    'ORDO_AMQP_URL',
    'ORDO_REDIS_CACHE_URL',
    'ORDO_REDIS_TIMERS_URL',
    'ORDO_AUTH_KEYS',
    'ORDO_LOG_LEVEL',
    'ORDO_HTTP_PORT',
    'ORDO_BUSINESS_TIME_ZONE',
  ])('repeats nothing of a malformed %s', (name) => {
    const problems = problemsOf({ ...complete, [name]: `http//${SECRET}@x` });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.name).toBe(name);
    expect(JSON.stringify(problems)).not.toContain(SECRET);
  });

  it('takes one Redis for the timers, or the masters of a cluster', () => {
    const urlOf = (text: string): string =>
      loadConfig(ordoVariables, { ...complete, ORDO_REDIS_TIMERS_URL: text }).redisTimersUrl;
    expect(urlOf('redis://e:6379')).toBe('redis://e:6379');
    expect(urlOf('redis://e:1, redis://e:2 ,rediss://e:3')).toBe('redis://e:1,redis://e:2,rediss://e:3');
  });

  it('reads an own table with its own types', () => {
    const config = loadConfig({ a: required('A', integerBetween(1, 9)), b: optional('B', text, 'x') }, { A: '7' });
    const sum: number = config.a + 1;
    expect([sum, config.b]).toEqual([8, 'x']);
  });
});

describe('a reader', () => {
  it.each<[string, (value: string) => unknown, string]>([
    ['an integer with a fraction', integerBetween(0, 10), '1.5'],
    ['an integer in words', integerBetween(0, 10), 'ten'],
    ['an integer past its bound', integerBetween(0, 10), '11'],
    ['a list with a hole', list, 'a,,b'],
    ['an unknown word', oneOf('a', 'b'), 'c'],
    ['a set with an unknown word', setOf('a', 'b'), 'a,c'],
    ['a URL of another scheme', url('redis'), 'http://a'],
    ['too few URLs', urls({ min: 2, max: 2 }, 'redis'), 'redis://a'],
    ['a zone that is none', timeZone, 'Mars/Olympus'],
  ])('refuses %s', (_, read, value) => {
    expect(() => read(value)).toThrow(/must/);
  });
});
