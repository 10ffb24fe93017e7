/** The scripts on a real server, by the contract of the port; and on a cluster of three masters, where a key too many is a CROSSSLOT. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, RedisCluster } from '@ordo/testing';
import { Cluster } from 'ioredis';
import { RedisWheel } from './redis-wheel.js';
import { openTimersRedis, type TimersRedis } from './timers-redis.js';
import { type WheelHarness, wheelContract } from './wheel-index.contract.js';

const QUEUE = `wheel-${process.pid}`;
const cases = wheelContract.map((each) => [each.name, each] as const);
let partitions = 0;

function harnessOn(redis: TimersRedis): WheelHarness {
  return {
    wheel: new RedisWheel(redis, QUEUE),
    rewind: async (partition, seconds) => {
      for (const mark of ['c', 'f']) await redis.hincrby(`{${QUEUE}:${partition}}`, mark, -seconds);
    },
    dump: (partition) => dumpOf(redis, `{${QUEUE}:${partition}}`),
    freshPartition: () => (partitions += 1),
  };
}

async function dumpOf(redis: TimersRedis, tag: string): Promise<unknown> {
  const servers = redis instanceof Cluster ? redis.nodes('master') : [redis];
  const keys = (await Promise.all(servers.map((server) => server.keys(`${tag}*`)))).flat().sort();
  return Promise.all(keys.map(async (key) => [key, (await redis.dump(key)) ?? '']));
}

describe('the wheel in Redis', () => {
  let redis: TimersRedis;

  beforeAll(async () => {
    redis = openTimersRedis(process.env['ORDO_REDIS_TIMERS_URL'] ?? '', () => undefined);
    await eventually(() => redis.status === 'ready', 'Redis answers');
  });

  afterAll(async () => {
    for (const key of await redis.keys(`{${QUEUE}:*`)) await redis.del(key);
    redis.disconnect();
  });

  it.each(cases)('%s', (_, each) => each.run(harnessOn(redis)));

  it('keeps two environments on one server apart: what one adds and claims, the other does not see', async () => {
    const url = process.env['ORDO_REDIS_TIMERS_URL'] ?? '';
    const spaces = ['blue', 'green'].map((space) => openTimersRedis(url, () => undefined, space));
    await eventually(() => spaces.every(({ status }) => status === 'ready'), 'both are connected');
    const [blue, green] = spaces.map((each) => new RedisWheel(each, QUEUE));
    const partition = (partitions += 1);
    await blue?.open({ partition, epoch: 1 }, 60);
    expect(await redis.keys(`*{${QUEUE}:${partition}}*`)).toEqual([`blue.{${QUEUE}:${partition}}`]);
    expect(await green?.adopt({ partition, epoch: 1 })).toEqual(await green?.adopt({ partition: 99_999, epoch: 1 }));
    await redis.del(`blue.{${QUEUE}:${partition}}`);
    for (const each of spaces) each.disconnect();
  });

  it('says that it is away within a second when nobody answers', async () => {
    const nowhere = openTimersRedis('redis://127.0.0.1:1', () => undefined);
    const wheel = new RedisWheel(nowhere, QUEUE);
    await expect(wheel.adopt({ partition: 1, epoch: 1 })).rejects.toMatchObject({ code: 'TIMER_INDEX_UNAVAILABLE' });
    nowhere.disconnect();
  });
});

describe('the wheel in a Redis Cluster of three masters', () => {
  let servers: RedisCluster;
  let cluster: TimersRedis;

  beforeAll(async () => {
    servers = await RedisCluster.start(3);
    cluster = openTimersRedis(servers.urls, () => undefined);
    await eventually(() => cluster.status === 'ready', 'the cluster answers', 20_000);
  }, 60_000);

  afterAll(async () => {
    cluster.disconnect();
    await servers.stop();
  });

  it.each(cases)('%s', (_, each) => each.run(harnessOn(cluster)));

  it('spreads the partitions of a queue over all masters', async () => {
    const wheel = new RedisWheel(cluster, 'spread');
    await Promise.all(Array.from({ length: 64 }, (_, partition) => wheel.open({ partition, epoch: 1 }, 60)));
    const counts = await servers.keyCounts();
    expect(counts).toHaveLength(3);
    expect(Math.min(...counts)).toBeGreaterThan(5);
  });

  it('has called no script across two hash slots in all of this', async () => {
    expect(await servers.refusals('CROSSSLOT')).toEqual([0, 0, 0]);
  });
});
