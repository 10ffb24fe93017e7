/**
 * An operator pauses a queue under two processes that share its partitions: nothing fires, on either, however long it has been due; resumed,
 * everything fires, once.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { type NodePool, NodePools } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import { LeasedPartitions } from '../engine/leased-partitions.js';
import { spreadPartitions } from '../engine/partition-ownership.js';
import { TimerEngine } from '../engine/timer-engine.js';
import { TableTimerStore } from '../table/table-timer-store.js';
import { Timers } from '../table/timers.js';
import { RedisWheel } from '../wheel/redis-wheel.js';
import { openTimersRedis, type TimersRedis } from '../wheel/timers-redis.js';
import { QueueSwitchRepository } from './queue-switch.repository.js';
import { QueueState } from './queue-switch.state.js';
import { QueueSwitches } from './queue-switches.js';

const QUEUE = `paused-${process.pid}`;
const GROUP = `spec-paused-${process.pid}`;
/** Two looks at the switch, and the batch that was under way. */
const SWITCHED_MS = 2_500;

interface Process {
  readonly engine: TimerEngine;
  readonly partitions: LeasedPartitions;
  readonly switches: QueueSwitches;
  readonly fired: string[];
}

let pools: NodePools;
let redis: TimersRedis;
let processes: Process[] = [];

beforeAll(() => {
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
  redis = openTimersRedis(process.env['ORDO_REDIS_TIMERS_URL'] ?? '', () => undefined);
});

afterEach(async () => {
  await Promise.all(
    processes.map(async ({ engine, partitions, switches }) => {
      await engine.stop();
      await Promise.all([partitions.stop(), switches.stop()]);
    }),
  );
  processes = [];
  for (const pool of pools.all) {
    await pool.query(
      `DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DELETE FROM ordo_node.timer_switch WHERE queue='${QUEUE}'; DELETE FROM ordo_node.lease WHERE name='${GROUP}'`,
    );
  }
  const keys = await redis.keys(`{${QUEUE}:*`);
  if (keys.length > 0) await redis.del(...keys);
});

afterAll(async () => {
  await pools.close();
  redis.disconnect();
});

function startProcess(memberId: string): Process {
  const fired: string[] = [];
  const nodes = pools.all;
  const partitions: LeasedPartitions = new LeasedPartitions({
    ...{ pools: nodes, group: GROUP, memberId },
    partitionsOf: (node) => spreadPartitions(node, nodes.length),
    engines: () => [engine],
  });
  const switches = new QueueSwitches({ pools: nodes, queues: [QUEUE], group: GROUP, onChange: () => engine.wake() });
  const engine: TimerEngine = new TimerEngine({
    store: new TableTimerStore(QUEUE, nodes, { handle: ({ key }) => void fired.push(key) }),
    index: new RedisWheel(redis, QUEUE),
    ownership: partitions,
    mayFire: (node) => switches.mayFire(QUEUE, node),
  });
  partitions.start();
  switches.start();
  engine.start();
  const started = { engine, partitions, switches, fired };
  processes.push(started);
  return started;
}

const owned = ({ partitions }: Process): number => partitions.owned().length;
const firedKeys = (): string[] => processes.flatMap(({ fired }) => fired).sort();
const keysOf = (name: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${name}-${at}`);

const change = (pool: NodePool, state: QueueState): Promise<boolean> =>
  new QueueSwitchRepository(pool).change(QUEUE, { state, reason: 'a spec', changedBy: 'a spec' });

async function set(name: string, count: number, inMs: number): Promise<void> {
  const timers = new Timers(
    pools.all,
    new Map(processes.slice(0, 1).map(({ engine }) => [QUEUE, engine])),
    systemClock,
  );
  const dueMs = Date.now() + inMs;
  await timers.scheduleAll(keysOf(name, count).map((key) => ({ queue: QUEUE, key, dueMs })));
}

async function pending(node: NodePool): Promise<number> {
  const [row] = await node.query(
    `SELECT COUNT(*) AS pending FROM ordo_node.timer WHERE queue='${QUEUE}' AND state=0 AND due_at<=UTC_TIMESTAMP(3)`,
  );
  return Number(row?.['pending']);
}

const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a paused queue', () => {
  it('fires nothing in either of two processes, and everything, once, when it is resumed', async () => {
    const [first, second] = [startProcess('first'), startProcess('second')];
    await eventually(() => owned(first) === 32 && owned(second) === 32, 'the two share the partitions', 20_000);
    await set('before', 100, 0);
    await eventually(() => firedKeys().length === 100, 'the queue fires before it is paused');
    for (const pool of pools.all) expect(await change(pool, QueueState.PAUSED)).toBe(true);
    await pass(SWITCHED_MS);
    await set('meanwhile', 1_000, 200);
    await set('late', 200, -60_000);
    await pass(SWITCHED_MS);
    expect(firedKeys()).toHaveLength(100);
    for (const pool of pools.all) await change(pool, QueueState.OPEN);
    await eventually(() => firedKeys().length >= 1_300, 'everything fires after the resumption', 15_000);
    const all = [...keysOf('before', 100), ...keysOf('meanwhile', 1_000), ...keysOf('late', 200)];
    expect(firedKeys()).toEqual(all.sort());
    expect(Math.min(first.fired.length, second.fired.length)).toBeGreaterThan(300);
  });

  it('goes on firing on the node where it was not paused', async () => {
    const only = startProcess('only');
    await eventually(() => owned(only) === 64, 'one process owns all partitions', 20_000);
    await change(pools.at(0), QueueState.PAUSED);
    await pass(SWITCHED_MS);
    await set('here', 400, 0);
    await eventually(async () => (await pending(pools.at(1))) === 0, 'the other node fires');
    await pass(SWITCHED_MS);
    const left = await pending(pools.at(0));
    expect(left).toBeGreaterThan(100);
    expect(only.fired).toHaveLength(400 - left);
  });

  it('stays paused for a process that starts meanwhile', async () => {
    for (const pool of pools.all) {
      await new QueueSwitchRepository(pool).announce(QUEUE, GROUP);
      await change(pool, QueueState.PAUSED);
    }
    const late = startProcess('late');
    await set('waiting', 50, -1_000);
    await eventually(() => owned(late) === 64, 'it owns all partitions', 20_000);
    await pass(SWITCHED_MS);
    expect(late.fired).toEqual([]);
  });
});
