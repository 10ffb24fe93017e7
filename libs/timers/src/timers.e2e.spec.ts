/** The whole thread on real servers: set, indexed, fired by the effect of its handler, through faults, and by nothing twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { type NodePool, NodePools } from '@ordo/sharding';
import { eventually } from '@ordo/testing';
import { soleOwnership } from './engine/partition-ownership.js';
import { TimerEngine } from './engine/timer-engine.js';
import { silentRecorder } from './engine/timer-recorder.js';
import { TableTimerStore } from './table/table-timer-store.js';
import { TimerState } from './table/timer.state.js';
import type { DueTimer, TimerTask } from './table/timer-task.js';
import { Timers } from './table/timers.js';
import { RedisWheel } from './wheel/redis-wheel.js';
import { openTimersRedis, type TimersRedis } from './wheel/timers-redis.js';

const SCHEMA = `ordo_spec_timers_${process.pid}`;
const QUEUE = `spec-${process.pid}`;
const DAY_MS = 86_400_000;

let pools: NodePools;
let redis: TimersRedis;
let engines: TimerEngine[];
let poison: string | undefined;
let lateness: number[];
let rebuilds: number;
let epoch = Date.now();

const task: TimerTask = {
  handle: ({ key, version }: DueTimer) => {
    if (key === poison) throw new Error('poison');
    return { inserts: [{ into: `INSERT INTO ${SCHEMA}.effect (name, version)`, row: `('${key}',${version})` }] };
  },
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

beforeEach(() => {
  engines = [];
  lateness = [];
  rebuilds = 0;
  poison = undefined;
});

afterEach(async () => {
  await Promise.all(engines.map((engine) => engine.stop()));
  for (const pool of pools.all) {
    await pool.query(`DELETE FROM ${SCHEMA}.effect; DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'`);
  }
  await forgetIndex();
});

afterAll(async () => {
  for (const pool of pools.all) await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
  redis.disconnect();
});

function anEngine(): TimerEngine {
  epoch += 1;
  const engine = new TimerEngine({
    store: new TableTimerStore(QUEUE, pools.all, task),
    index: new RedisWheel(redis, QUEUE),
    ownership: soleOwnership(epoch),
    recorder: {
      ...silentRecorder,
      fired: (_queue, ms) => void lateness.push(...ms),
      rebuilt: () => void (rebuilds += 1),
    },
  });
  engines.push(engine);
  return engine;
}

const timersOf = (engine: TimerEngine): Timers => new Timers(pools.all, new Map([[QUEUE, engine]]), systemClock);

async function effects(): Promise<string[]> {
  const rows = await Promise.all(pools.all.map((pool) => pool.query(`SELECT name FROM ${SCHEMA}.effect ORDER BY n`)));
  return rows.flat().map((row) => String(row['name']));
}

async function rowCount(): Promise<number> {
  const counts = await Promise.all(
    pools.all.map((pool) => pool.query(`SELECT COUNT(*) AS n FROM ordo_node.timer WHERE queue='${QUEUE}'`)),
  );
  return counts.reduce((sum, [row]) => sum + Number(row?.['n']), 0);
}

/** What FLUSHALL does to this queue, without touching what other specs keep there. */
async function forgetIndex(): Promise<void> {
  const keys = await redis.keys(`{${QUEUE}:*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function setMany(timers: Timers, count: number, dueMsOf: (at: number) => number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, at) => `k${at}`);
  await timers.scheduleAll(keys.map((key, at) => ({ queue: QUEUE, key, dueMs: dueMsOf(at) })));
  return keys.sort();
}

describe('timers that are set once', () => {
  it('are set where their key is new, and leave what is pending or ended as it is', async () => {
    const engine = anEngine();
    const timers = timersOf(engine);
    await engine.tick();
    const request = (key: string, dueMs = Date.now() + 3_600_000) => ({ queue: QUEUE, key, dueMs });
    await timers.scheduleOnce([request('fired', Date.now() - 5_000), request('pending')], 0);
    engine.start();
    await eventually(async () => (await effects()).includes('fired'), 'the timer fires');
    const before = await Promise.all(['fired', 'pending'].map((key) => timers.find(QUEUE, key, 0)));
    const again = [request('fired', Date.now() - 4_000), request('new', Date.now() - 4_000), request('pending', 1)];
    await timers.scheduleOnce(again, 0);
    await eventually(async () => (await effects()).includes('new'), 'the one that was not there fires');
    await engine.stop();
    expect(await Promise.all(['fired', 'pending'].map((key) => timers.find(QUEUE, key, 0)))).toEqual(before);
    expect(await effects()).toEqual(['fired', 'new']);
  });

  it('are a Transient where two writers of the same keys were a deadlock: the same call again is right', async () => {
    const query = () => Promise.reject(Object.assign(new Error('deadlock'), { errno: 1213, code: 'ER_LOCK_DEADLOCK' }));
    const deadlocked = { ...pools.at(0), name: 'node-0', query } as unknown as NodePool;
    const timers = new Timers([deadlocked], new Map([[QUEUE, anEngine()]]), systemClock);
    const request = { queue: QUEUE, key: 'a', dueMs: Date.now() };
    await expect(timers.scheduleOnce([request], 0)).rejects.toMatchObject({ family: 'transient' });
  });

  it('are all set although another process has made the same ids', async () => {
    const engine = anEngine();
    const timers = timersOf(engine);
    await engine.tick();
    const keys = ['a', 'b', 'c', 'd'];
    let isFirst = true;
    const made = timers.writer.timerInsert.bind(timers.writer);
    timers.writer.timerInsert = (node, request, nowMs) => {
      const planned = made(node, request, nowMs);
      if (!isFirst || request.key !== 'b') return planned;
      isFirst = false;
      const row = planned.insert.row.replace(planned.entry.id, taken);
      return { insert: { ...planned.insert, row }, entry: { ...planned.entry, id: taken } };
    };
    const { id: taken } = await timers.schedule({ queue: QUEUE, key: 'z', dueMs: Date.now() + 60_000 }, 0);
    const requests = keys.map((key) => ({ queue: QUEUE, key, dueMs: Date.now() + 60_000 }));
    await timers.scheduleOnce(requests, 0);
    expect((await Promise.all(keys.map((key) => timers.find(QUEUE, key, 0)))).map((each) => each?.key)).toEqual(keys);
  });
});

describe('a timer', () => {
  it('fires once when it is due, and not before', async () => {
    const engine = anEngine();
    const timers = timersOf(engine);
    await engine.tick();
    await timers.schedule({ queue: QUEUE, key: 'past', dueMs: Date.now() - 60_000 });
    await timers.schedule({ queue: QUEUE, key: 'far', dueMs: Date.now() + 3_600_000 });
    await timers.schedule({ queue: QUEUE, key: 'soon', dueMs: Date.now() + 1_500 });
    engine.start();
    await eventually(async () => (await effects()).includes('soon'), 'the timer fires when it is due');
    await engine.stop();
    expect((await effects()).sort()).toEqual(['past', 'soon']);
    expect(await timers.find(QUEUE, 'soon')).toMatchObject({ state: TimerState.FIRED, version: 1 });
    expect(await timers.find(QUEUE, 'far')).toMatchObject({ state: TimerState.PENDING });
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
  });

  it('that is set again is the same one, unless it is another one, which is refused', async () => {
    const timers = timersOf(anEngine());
    const request = { queue: QUEUE, key: 'a', dueMs: Date.now() + 60_000, payload: 'x' };
    const first = await timers.schedule(request);
    expect(await timers.schedule(request)).toEqual({ id: first.id, replayed: true });
    await expect(timers.schedule({ ...request, payload: 'y' })).rejects.toMatchObject({ code: 'TIMER_KEY_TAKEN' });
    expect(await timers.cancel(QUEUE, 'a')).toBe(true);
    expect(await timers.cancel(QUEUE, 'a')).toBe(false);
    expect(await timers.schedule({ ...request, payload: 'y' })).toEqual({ id: first.id, replayed: false });
    expect(await timers.find(QUEUE, 'a')).toMatchObject({ state: TimerState.PENDING, version: 3, payload: 'y' });
  });

  it('that is cancelled or moved leaves its slot', async () => {
    const engine = anEngine();
    const timers = timersOf(engine);
    await engine.tick();
    const dueMs = Date.now() - 5_000;
    await timers.schedule({ queue: QUEUE, key: 'cancelled', dueMs: dueMs + 3_600_000 });
    await timers.schedule({ queue: QUEUE, key: 'moved', dueMs: dueMs + 3_600_000 });
    const slots = async (): Promise<number> => (await redis.keys(`{${QUEUE}:*s*`)).length;
    await eventually(async () => (await slots()) === 2, 'both are in a slot');
    await timers.cancel(QUEUE, 'cancelled');
    await timers.reschedule(QUEUE, 'moved', dueMs);
    await eventually(async () => (await slots()) === 1, 'one of them is left');
    engine.start();
    await eventually(async () => (await effects()).includes('moved'), 'the moved one fires');
    expect(await effects()).toEqual(['moved']);
  });

  it.each([
    ['beyond 400 days', 'TIMER_DUE_OUT_OF_RANGE', { dueMs: Date.now() + 401 * DAY_MS }],
    ['at no time', 'TIMER_DUE_OUT_OF_RANGE', { dueMs: Number.NaN }],
    ['with a payload of more than 4 KB', 'TIMER_PAYLOAD_TOO_LARGE', { payload: 'ä'.repeat(2_049) }],
    ['of an unknown queue', 'TIMER_QUEUE_UNKNOWN', { queue: 'nobody' }],
    ['with blanks in its key', 'INVALID_ARGUMENT', { key: 'a b' }],
  ])('%s is refused, and so is all that is set with it', async (_, code, wrong) => {
    const timers = timersOf(anEngine());
    const fine = { queue: QUEUE, key: 'fine', dueMs: Date.now() + 60_000, payload: 'x'.repeat(4_096) };
    await expect(timers.scheduleAll([fine, { ...fine, key: 'wrong', ...wrong }])).rejects.toMatchObject({ code });
    await expect(timers.schedule({ ...fine, ...wrong })).rejects.toMatchObject({ code });
    expect(await rowCount()).toBe(0);
  });

  it('whose key is taken takes nothing else with it', async () => {
    const timers = timersOf(anEngine());
    const dueMs = Date.now() + 60_000;
    await timers.schedule({ queue: QUEUE, key: 'k1100', dueMs }, 0);
    const requests = Array.from({ length: 1_200 }, (_, at) => ({ queue: QUEUE, key: `k${at}`, dueMs }));
    await expect(timers.scheduleAll(requests, 0)).rejects.toMatchObject({
      code: 'TIMER_KEY_TAKEN',
      details: { keys: ['k1100'] },
    });
    expect(await rowCount()).toBe(1);
  });
});

describe('ten thousand timers', () => {
  it('fire once each when the index is emptied in the middle of their drain', async () => {
    const engine = anEngine();
    await engine.tick();
    const keys = await setMany(timersOf(engine), 10_000, (at) => Date.now() + 500 + (at % 30) * 100);
    engine.start();
    await eventually(async () => (await effects()).length > 500, 'the drain has begun');
    await forgetIndex();
    await eventually(async () => (await effects()).length >= 10_000, 'all have fired', 20_000);
    await engine.stop();
    expect((await effects()).sort()).toEqual(keys);
    expect(rebuilds).toBe(128);
    expect(Math.min(...lateness)).toBeGreaterThanOrEqual(0);
  });

  it('fire once each under two owners who both believe, and the poisonous one among them is tried again', async () => {
    const [first, second] = [anEngine(), anEngine()];
    poison = 'k4711';
    const timers = timersOf(first);
    await first.tick();
    const keys = await setMany(timers, 10_000, () => Date.now() + 700);
    first.start();
    await eventually(async () => (await effects()).length > 500, 'the first owner drains');
    second.start();
    await eventually(async () => (await effects()).length >= 9_999, 'all but one have fired', 20_000);
    expect((await effects()).sort()).toEqual(keys.filter((key) => key !== poison));
    expect(await timers.find(QUEUE, 'k4711')).toMatchObject({ state: TimerState.PENDING });
    poison = undefined;
    await eventually(async () => (await effects()).length >= 10_000, 'the last one fires', 20_000);
    expect((await effects()).sort()).toEqual(keys);
  });
});
