/** The order app's own variables; those of the house are proven in the platform. */
import { describe, expect, it } from '@jest/globals';
import { ConfigurationError, type Environment, loadConfig } from '@ordo/configuration';
import { assertDeadlineFloor, type OrderConfig, orderVariables } from './order-config.js';

const complete = {
  ORDO_MYSQL_NODES: 'mysql://u:p@a:3306',
  ORDO_AMQP_URL: 'amqp://u:p@c:5672',
  ORDO_REDIS_CACHE_URL: 'redis://d:6379',
  ORDO_REDIS_TIMERS_URL: 'redis://e:6379',
  ORDO_AUTH_KEYS: JSON.stringify({ keys: [{ kty: 'oct', k: Buffer.alloc(32).toString('base64url') }] }),
};

function loadOrderConfig(environment: Environment): OrderConfig {
  const config = loadConfig(orderVariables, environment);
  assertDeadlineFloor(config);
  return config;
}

describe('the floor of deadlines', () => {
  it('is that of the business type unless it is lowered', () => {
    expect(loadOrderConfig(complete).shortestDeadlineSeconds).toBeUndefined();
    expect(loadOrderConfig({ ...complete, ORDO_SHORTEST_DEADLINE_SECONDS: '2' }).shortestDeadlineSeconds).toBe(2);
  });

  it('is not lowered in production: the process does not start', () => {
    const production = { ...complete, ORDO_ENVIRONMENT: 'production' };
    expect(() => loadOrderConfig({ ...production, ORDO_SHORTEST_DEADLINE_SECONDS: '2' })).toThrow(ConfigurationError);
    expect(loadOrderConfig(production).environment).toBe('production');
  });

  it.each(['0', '3601', '1.5', 'soon'])('is not lowered to %s', (text) => {
    expect(() => loadOrderConfig({ ...complete, ORDO_SHORTEST_DEADLINE_SECONDS: text })).toThrow(ConfigurationError);
  });
});
