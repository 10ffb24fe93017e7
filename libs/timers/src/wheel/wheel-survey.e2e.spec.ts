/** What an operator sees of an index on a real server, and that looking changes nothing. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { RedisWheel } from './redis-wheel.js';
import { openTimersRedis, type TimersRedis } from './timers-redis.js';
import { IndexPlace, WheelSurvey } from './wheel-survey.js';

const QUEUE = `survey-${process.pid}`;
const OWNER = { partition: 3, epoch: 7 };

let redis: TimersRedis;
let wheel: RedisWheel;
let survey: WheelSurvey;
let nowSlot: number;

beforeAll(async () => {
  redis = openTimersRedis(process.env['ORDO_REDIS_TIMERS_URL'] ?? '', () => undefined);
  await eventually(() => redis.status === 'ready', 'Redis answers');
  wheel = new RedisWheel(redis, QUEUE);
  survey = new WheelSurvey(redis, QUEUE);
});

beforeEach(async () => {
  await forget();
  const { cursor, horizon } = await wheel.open(OWNER, 7_200);
  await wheel.markFed(OWNER, horizon);
  nowSlot = cursor;
});

afterAll(async () => {
  await forget();
  redis.disconnect();
});

async function forget(): Promise<void> {
  const keys = await redis.keys(`{${QUEUE}:*`);
  if (keys.length > 0) await redis.del(...keys);
}

async function dump(): Promise<unknown> {
  const keys = (await redis.keys(`{${QUEUE}:*`)).sort();
  return Promise.all(keys.map(async (key) => [key, await redis.dump(key)]));
}

/** Puts `cursor` back, so that `ids` are due and can be claimed. */
async function claim(ids: readonly string[]): Promise<void> {
  for (const mark of ['c', 'f']) await redis.hincrby(`{${QUEUE}:3}`, mark, -10);
  await wheel.load(
    OWNER,
    ids.map((id) => ({ id, slot: nowSlot - 9 })),
  );
  const request = { batch: '7.x', fromSlot: nowSlot - 9, untilSlot: nowSlot, limit: 500, leaseMs: 10_000 };
  expect((await wheel.claim(OWNER, request)).ids).toHaveLength(ids.length);
}

describe('the survey of a partition', () => {
  it('counts the entries of the whole horizon and what is claimed', async () => {
    await claim(['1', '2']);
    await wheel.finish(OWNER, '7:1');
    const far = Array.from({ length: 700 }, (_, at) => ({ id: String(100 + at), slot: nowSlot + 1 + (at % 350) * 20 }));
    await wheel.load(OWNER, far);
    expect(await survey.partition(3)).toMatchObject({
      ...{ partition: 3, epoch: 7, isBuilt: true, waiting: 700, claimed: 2 },
      ...{ cursor: nowSlot - 9, horizon: nowSlot + 7_200 },
    });
  });

  it('knows of no partition that nobody has opened, and of one that is still being built', async () => {
    expect(await survey.partition(4)).toBeUndefined();
    expect(await survey.partition(3)).toMatchObject({ isBuilt: false, waiting: 0, claimed: 0 });
  });

  it('changes nothing', async () => {
    await claim(['1']);
    await wheel.load(OWNER, [{ id: '9', slot: nowSlot + 60 }]);
    const before = await dump();
    await survey.partition(3);
    await survey.find(3, { id: '9', slot: nowSlot + 60 });
    expect(await dump()).toEqual(before);
  });
});

describe('the place of a timer', () => {
  it('is its slot, the slot behind the cursor for what came late, or the batch of its owner', async () => {
    await wheel.load(OWNER, [
      { id: '9', slot: nowSlot + 60 },
      { id: '10', slot: nowSlot + 1 },
    ]);
    expect(await survey.find(3, { id: '9', slot: nowSlot + 60 })).toBe(IndexPlace.SLOT);
    expect(await survey.find(3, { id: '10', slot: nowSlot - 500 })).toBe(IndexPlace.SLOT);
    await claim(['11']);
    expect(await survey.find(3, { id: '11', slot: nowSlot - 9 })).toBe(IndexPlace.BATCH);
  });

  it('is nowhere: beyond what is loaded, lost, or without an index', async () => {
    expect(await survey.find(3, { id: '9', slot: nowSlot + 7_201 })).toBe(IndexPlace.BEYOND);
    expect(await survey.find(3, { id: '9', slot: nowSlot + 60 })).toBe(IndexPlace.ABSENT);
    expect(await survey.find(4, { id: '9', slot: nowSlot + 60 })).toBe(IndexPlace.NONE);
  });

  it('cannot be told when Redis is away', async () => {
    const nowhere = openTimersRedis('redis://127.0.0.1:1', () => undefined);
    await expect(new WheelSurvey(nowhere, QUEUE).partition(0)).rejects.toMatchObject({
      code: 'TIMER_INDEX_UNAVAILABLE',
    });
    nowhere.disconnect();
  });
});
