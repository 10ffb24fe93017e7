/** The scripts on a real server, by the contract of the port; and on a cluster of three masters, where a key too many is a CROSSSLOT. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { Cluster, Redis } from 'ioredis';
import { RedisWheel } from './redis-wheel.js';
import { openTimersRedis, type TimersRedis } from './timers-redis.js';
import { type WheelHarness, wheelContract } from './wheel-index.contract.js';

const QUEUE = `spec-${process.pid}`;
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

  it('says that it is away within a second when nobody answers', async () => {
    const nowhere = openTimersRedis('redis://127.0.0.1:1', () => undefined);
    const wheel = new RedisWheel(nowhere, QUEUE);
    await expect(wheel.adopt({ partition: 1, epoch: 1 })).rejects.toMatchObject({ code: 'TIMER_INDEX_UNAVAILABLE' });
    nowhere.disconnect();
  });
});

describe('the wheel in a Redis Cluster of three masters', () => {
  const masters: ChildProcess[] = [];
  let directory: string;
  let cluster: TimersRedis;

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ordo-cluster-'));
    const ports = await freePorts(3);
    for (const port of ports) {
      const flags = [
        '--port',
        port,
        '--cluster-enabled',
        'yes',
        '--cluster-config-file',
        `nodes-${port}.conf`,
        '--save',
        '',
      ];
      masters.push(
        spawn('redis-server', [...flags.map(String), '--dir', directory, '--bind', '127.0.0.1'], { stdio: 'ignore' }),
      );
    }
    for (const port of ports) await answers(port);
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    const made = spawnSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`no cluster: ${made.stdout}${made.stderr}`);
    cluster = openTimersRedis(ports.map((port) => `redis://127.0.0.1:${port}`).join(','), () => undefined);
    await eventually(() => cluster.status === 'ready', 'the cluster answers', 20_000);
  }, 60_000);

  afterAll(async () => {
    cluster.disconnect();
    for (const master of masters) {
      const exited = once(master, 'exit');
      master.kill('SIGKILL');
      await exited;
    }
    rmSync(directory, { recursive: true, force: true });
  });

  it.each(cases)('%s', (_, each) => each.run(harnessOn(cluster)));

  it('spreads the partitions of a queue over all masters', async () => {
    const wheel = new RedisWheel(cluster, 'spread');
    await Promise.all(Array.from({ length: 64 }, (_, partition) => wheel.open({ partition, epoch: 1 }, 60)));
    const sizes = await Promise.all((cluster as Cluster).nodes('master').map((master) => master.dbsize()));
    expect(sizes).toHaveLength(3);
    expect(Math.min(...sizes)).toBeGreaterThan(5);
  });
});

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => ((server.address() as { port: number }).port % 20_000) + 20_000);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function answers(port: number): Promise<void> {
  const redis = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  redis.disconnect();
}
