/** Truth, loaders and rooms on real servers: what is changed reaches both rooms once they can take it, and nothing old ever comes back. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Lease } from '@ordo/coordination';
import { systemClock } from '@ordo/kernel';
import { NodePools } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { Redis } from 'ioredis';
import { bandOf } from '../promise-lanes/card-text.js';
import { laneKey, MARKER_KEY, type Room, rooms } from '../promise-rooms/promise-room.js';
import { untouchedSwitch, type WriteTo } from '../promise-switch/promise-switch.rules.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';
import { LaneRepository } from './lane.repository.js';
import { LaneDebtRepository } from './lane-debt.repository.js';
import { LaneLoader } from './lane-loader.js';
import { KEPT_AFTER_DELETION_MS, PromiseKeeper } from './promise-keeper.js';
import { PromiseRoomRepository } from './promise-room.repository.js';
import { RoomWriter } from './room-writer.js';

const { mysqlNodes, redisPromiseUrls } = testStack();
const LANE = 'shanghai-07|shanghai-12|standard';
const NOON = 12;

const pools = new NodePools([...mysqlNodes]);
const control = pools.at(0);
const byRoom = <T>(make: (room: Room, url: string) => T): Readonly<Record<Room, T>> => ({
  A: make('A', redisPromiseUrls[0] ?? ''),
  B: make('B', redisPromiseUrls[1] ?? ''),
});
const raw = byRoom((_, url) => new Redis(url));
const writers = byRoom((room, url) => new RoomWriter(room, url));
const lanes = new LaneRepository(control, systemClock);
const debts = new LaneDebtRepository(control);
const states = new PromiseRoomRepository(control);
const loader = new LaneLoader(lanes, debts, states, writers, systemClock, { lanesLoaded: () => undefined });
const failures: string[] = [];
let writeTo: WriteTo = 'BOTH';
let keeper: PromiseKeeper;

const newKeeper = (): PromiseKeeper =>
  new PromiseKeeper(
    { lanes, debts, states, loader, writers },
    new Lease({
      pool: control,
      name: 'spec-keeper',
      holderId: `spec-${Math.random()}`,
      schema: DELIVERY_CONTROL_SCHEMA,
    }),
    () => ({ ...untouchedSwitch, writeTo }),
    systemClock,
    {
      roomOwes: () => undefined,
      roomFailed: (room) => failures.push(room),
      purged: () => undefined,
      failed: (error) => failures.push(String(error)),
    },
  );

const minutesIn = async (room: Room, lane = LANE): Promise<number | undefined> => {
  const text = await raw[room].get(laneKey(lane));
  return text === null ? undefined : bandOf(text, NOON)?.band?.durationMinutes;
};
const change = (durationMinutes: number, lane = LANE) =>
  lanes.replace([{ lane, bands: [{ hour: NOON, durationMinutes, cutOffMinute: null }] }]);
const remove = () => lanes.replace([{ lane: LANE, bands: [] }]);
/** Turns until the keeper has nothing to do: in its own time it would be half a second each. */
const turns = async (count = 2): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await keeper.turn();
};

beforeAll(async () => {
  const answers = (room: Room): Promise<boolean> =>
    writers[room].facts().then(
      () => true,
      () => false,
    );
  await eventually(async () => (await answers('A')) && (await answers('B')), 'both rooms answer');
});

beforeEach(async () => {
  for (const table of ['lane', 'lane_debt', 'promise_room', 'promise_switch', 'promise_instance'])
    await control.query(`DELETE FROM ${DELIVERY_CONTROL_SCHEMA}.${table}`);
  for (const room of rooms) await raw[room].replicaof('NO', 'ONE').then(() => raw[room].flushall());
  writeTo = 'BOTH';
  failures.length = 0;
  keeper = newKeeper();
});

afterAll(async () => {
  for (const room of rooms) {
    await raw[room].flushall();
    raw[room].disconnect();
    writers[room].close();
  }
  await pools.close();
});

describe('a change of a lane', () => {
  it('reaches both rooms, and is owed by none of them afterwards', async () => {
    await turns();
    await change(35);
    expect(await debts.depth('A')).toMatchObject({ debts: 1 });
    await turns();
    expect([await minutesIn('A'), await minutesIn('B')]).toEqual([35, 35]);
    expect([(await debts.depth('A')).debts, (await debts.depth('B')).debts]).toEqual([0, 0]);
    await keeper.stop();
  });

  it('that comes while an older one is being written stays owed', async () => {
    const [older] = await change(35);
    await change(40);
    await debts.settle('A', [{ lane: LANE, version: older?.version ?? 0 }]);
    expect((await debts.depth('A')).debts).toBe(1);
  });

  it('gives all hours of the lane anew, and those that are not named any more are gone', async () => {
    await turns();
    const band = (hour: number, durationMinutes: number) => ({ hour, durationMinutes, cutOffMinute: null });
    await lanes.replace([{ lane: LANE, bands: [band(NOON, 35), band(13, 50)] }]);
    await lanes.replace([{ lane: LANE, bands: [band(13, 45)] }]);
    await turns();
    const text = (await raw.B.get(laneKey(LANE))) ?? '';
    expect([bandOf(text, NOON)?.band, bandOf(text, 13)?.band?.durationMinutes]).toEqual([undefined, 45]);
    await keeper.stop();
  });
});

describe('what is old', () => {
  it('never replaces what is newer, nor brings back a lane that was taken away', async () => {
    const [older] = await change(35);
    if (older === undefined) throw new Error('no card');
    await change(40);
    await turns(3);
    await writers.A.write([older]);
    expect(await minutesIn('A')).toBe(40);
    await remove();
    await turns();
    await writers.A.write([older]);
    expect(await minutesIn('A')).toBeUndefined();
    expect(await raw.A.pttl(laneKey(LANE))).toBeGreaterThan(0);
    await keeper.stop();
  });

  it('is purged after 15 days, and not while a room owes it', async () => {
    await change(35);
    await remove();
    const later = Date.now() + KEPT_AFTER_DELETION_MS;
    expect(await lanes.purge(later - KEPT_AFTER_DELETION_MS + 60_000)).toBe(0);
    await turns(3);
    expect(await lanes.purge(later - KEPT_AFTER_DELETION_MS - 60_000)).toBe(0);
    expect(await lanes.purge(later - KEPT_AFTER_DELETION_MS + 60_000)).toBe(1);
    await keeper.stop();
  });
});

describe('a full load', () => {
  it('brings every lane into both rooms, page by page, and marks them complete', async () => {
    const many = Array.from({ length: 1_234 }, (_, at) => `a-${at}|b-${at}|standard`);
    for (let from = 0; from < many.length; from += 200)
      await lanes.replace(
        many
          .slice(from, from + 200)
          .map((lane) => ({ lane, bands: [{ hour: NOON, durationMinutes: 30, cutOffMinute: null }] })),
      );
    const loads = await loader.loadFull(rooms);
    expect(loads).toEqual(rooms.map((room) => ({ room, lanes: 1_234, error: null })));
    for (const room of rooms) {
      const keys = await raw[room].keys('lane:*');
      expect(keys).toHaveLength(1_234);
      expect(await raw[room].get(MARKER_KEY)).toBe(
        (await states.read()).find((state) => state.room === room)?.generation,
      );
    }
  });

  it('does not call a room complete that was emptied meanwhile', async () => {
    await change(35);
    const emptied = { ...writers.A, write: () => raw.A.flushall() } as unknown as RoomWriter;
    Object.setPrototypeOf(emptied, writers.A);
    const clumsy = new LaneLoader(lanes, debts, states, { ...writers, A: emptied }, systemClock, {
      lanesLoaded: () => undefined,
    });
    const [a, b] = await clumsy.loadFull(rooms);
    expect([a?.error?.message, b?.error]).toEqual(['room A does not take writes', null]);
    expect(await raw.A.get(MARKER_KEY)).toBeNull();
  });

  it('is made by itself for a room that is new, emptied, or answers from another process', async () => {
    await change(35);
    await turns(1);
    expect([await minutesIn('A'), await minutesIn('B')]).toEqual([35, 35]);
    await raw.B.flushall();
    await turns(1);
    expect(await minutesIn('B')).toBe(35);
    await control.query(`UPDATE ${DELIVERY_CONTROL_SCHEMA}.promise_room SET run_id = 'another' WHERE room = 'A'`);
    await raw.A.del(laneKey(LANE));
    await turns(1);
    expect(await minutesIn('A')).toBe(35);
    await keeper.stop();
  });

  it('that was asked for while another ran is still owed', async () => {
    const begunAtMs = Date.now();
    await states.oweFull(['A'], 'ASKED', begunAtMs + 5);
    await states.loaded('A', { generation: 'g', runId: 'r', lanes: 0, begunAtMs, endedAtMs: begunAtMs + 9 });
    expect((await states.read())[0]?.owesFullWhy).toBe('ASKED');
    await states.loaded('A', {
      generation: 'h',
      runId: 'r',
      lanes: 0,
      begunAtMs: begunAtMs + 6,
      endedAtMs: begunAtMs + 9,
    });
    expect((await states.read())[0]?.owesFullWhy).toBeNull();
  });
});

describe('a room that takes no writes', () => {
  it('is owed what the other one got, raises the alarm, and catches up by itself', async () => {
    await turns();
    await raw.A.replicaof('127.0.0.1', 1);
    await change(35);
    await turns(1);
    expect([await minutesIn('A'), await minutesIn('B'), failures]).toEqual([undefined, 35, ['A']]);
    expect((await debts.depth('A')).debts).toBe(1);
    await raw.A.replicaof('NO', 'ONE');
    await eventually(async () => {
      await keeper.turn();
      return (await minutesIn('A')) === 35;
    }, 'room A catches up');
    expect((await debts.depth('A')).debts).toBe(0);
    await keeper.stop();
  });

  it('because the operator says so goes on being owed', async () => {
    await turns();
    writeTo = 'B';
    await change(35);
    await turns();
    expect([await minutesIn('A'), await minutesIn('B'), (await debts.depth('A')).debts]).toEqual([undefined, 35, 1]);
    await keeper.stop();
  });
});

describe('a load by name', () => {
  it('writes the named lane again, and forgets a name that no lane has', async () => {
    await change(35);
    await turns();
    await raw.A.del(laneKey(LANE));
    await debts.owe(rooms, [LANE, 'no|such|lane'], 0, Date.now());
    await turns();
    expect(await minutesIn('A')).toBe(35);
    expect((await debts.depth('A')).debts).toBe(0);
    await keeper.stop();
  });
});

describe('two keepers', () => {
  it('do not both keep', async () => {
    await turns(1);
    const second = newKeeper();
    await raw.A.flushall();
    await second.turn();
    expect(await raw.A.get(MARKER_KEY)).toBeNull();
    await keeper.stop();
    await second.turn();
    expect(await raw.A.get(MARKER_KEY)).not.toBeNull();
    await second.stop();
  });
});
