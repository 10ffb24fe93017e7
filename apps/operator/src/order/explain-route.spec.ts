import { afterEach, describe, expect, it } from '@jest/globals';
import { encodeOrderNumber } from '@ordo/sharding';
import { explainRoute } from './explain-route.js';

const before = { ...process.env };
const orderId = encodeOrderNumber({ second: 60, userShard: 35, merchantShard: 119, worker: 7, sequence: 9 });

afterEach(() => {
  process.env = { ...before };
});

describe('the route of an order number', () => {
  it('says time, shards, lane, worker and sequence without any configuration', () => {
    delete process.env['ORDO_MYSQL_NODES'];
    expect(explainRoute(orderId)).toEqual([
      `order            ${orderId}`,
      'numbered at      2025-01-01T00:01:00.000Z',
      'user shard       35 (ordo_user_035), lane 3',
      'merchant shard   119 (ordo_merchant_119)',
      'worker           7',
      'sequence         9',
    ]);
  });

  it('names the nodes where the environment says how many there are', () => {
    process.env['ORDO_MYSQL_NODES'] = 'mysql://a@127.0.0.1:1,mysql://a@127.0.0.1:2';
    const lines = explainRoute(orderId);
    expect(lines[2]).toContain('ordo_user_035 on node 1');
    expect(lines[3]).toContain('ordo_merchant_119 on node 0');
  });

  it('is refused for a number that routes nowhere', () => {
    expect(() => explainRoute('4294967295')).toThrow(/routes to no shard/);
  });
});
