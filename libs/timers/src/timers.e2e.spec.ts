/** The thin thread on real servers: a timer is set, indexed, fired by its handler's effect, and by nothing twice. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { NodePools } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import { soleOwnership } from './engine/partition-ownership.js';
import { TimerEngine } from './engine/timer-engine.js';
import { TableTimerStore } from './table/table-timer-store.js';
import { TimerState } from './table/timer.state.js';
import type { DueTimer, TimerTask } from './table/timer-task.js';
import { Timers } from './table/timers.js';
import { RedisWheel } from './wheel/redis-wheel.js';
import { openTimersRedis, type TimersRedis } from './wheel/timers-redis.js';

const SCHEMA = `ordo_spec_timers_${process.pid}`;
const QUEUE = `spec-${process.pid}`;

let pools: NodePools;
let redis: TimersRedis;
let timers: Timers;
let engine: TimerEngine;
let epoch = 1;
const lateness: number[] = [];

const task: TimerTask = {
  handle: ({ key, version }: DueTimer) => ({
    inserts: [{ into: `INSERT INTO ${SCHEMA}.effect (name, version)`, row: `('${key}',${version})` }],
  }),
};

beforeAll(async () => {
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','));
  redis = openTimersRedis(process.env['ORDO_REDIS_TIMERS_URL'] ?? '', () => undefined);
  for (const pool of pools.all) {
    await pool.query(`CREATE DATABASE ${SCHEMA}`);
    await pool.query(
      `CREATE TABLE ${SCHEMA}.effect (n BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64), version INT)`,
    );
  }
});

beforeEach(async () => {
  for (const pool of pools.all) await pool.query(`DELETE FROM ${SCHEMA}.effect; DELETE FROM ordo_node.timer`);
  epoch += 1;
  const store = new TableTimerStore(QUEUE, pools.all, task);
  engine = new TimerEngine({
    store,
    index: new RedisWheel(redis, QUEUE),
    ownership: soleOwnership(epoch),
    recorder: {
      ...{
        fired: (_queue, ms) => void lateness.push(...ms),
        gateRefused: () => undefined,
        handlerFailed: () => undefined,
      },
      ...{ rebuilt: () => undefined, fed: () => undefined, repaired: () => undefined, degraded: () => undefined },
      ...{ depth: () => undefined, failed: (_queue, step, error) => console.error(step, error) },
    },
  });
  timers = new Timers(pools.all, new Map([[QUEUE, engine]]), systemClock);
});

afterAll(async () => {
  for (const pool of pools.all)
    await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}; DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'`);
  await pools.close();
  redis.disconnect();
});

async function effects(): Promise<string[]> {
  const rows = await Promise.all(pools.all.map((pool) => pool.query(`SELECT name FROM ${SCHEMA}.effect ORDER BY n`)));
  return rows.flat().map((row) => String(row['name']));
}

describe('a timer', () => {
  it('fires once when it is due, and not before', async () => {
    await engine.tick();
    await timers.schedule({ queue: QUEUE, key: 'past', dueMs: Date.now() - 60_000 });
    await timers.schedule({ queue: QUEUE, key: 'far', dueMs: Date.now() + 3_600_000 });
    await timers.schedule({ queue: QUEUE, key: 'soon', dueMs: Date.now() + 1_500 });
    engine.start();
    await eventually(async () => (await effects()).includes('past'), 'the overdue timer fires');
    await eventually(async () => (await effects()).includes('soon'), 'the timer fires when it is due');
    await engine.stop();
    expect((await effects()).sort()).toEqual(['past', 'soon']);
    expect(await timers.find(QUEUE, 'soon')).toMatchObject({ state: TimerState.FIRED, version: 1 });
    expect(await timers.find(QUEUE, 'far')).toMatchObject({ state: TimerState.PENDING });
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
  });
});
