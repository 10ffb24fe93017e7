/**
 * The promise service while its rooms are killed, frozen, emptied, read-only, flapping and both gone: no caller gets an error, a lost room is
 * left within a second, and what is not a promise says so. Counts are printed.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@ordo/testing';
import { type Asked, PromiseStage } from '../harness/promise-stage.js';
import { control } from '../harness/server-control.js';

const LANE = 'faults';
const CASE_MS = 400_000;
/** What the service promises; the answer has to travel besides. */
const NOTICED_MS = 1_000;
/** Three command timeouts of 50 ms, and a machine that others use as well. */
const SLOWEST_MS = 1_000;
const CALM_MS = 400;
const AWAY_MS = 1_600;
/** A second away, a second there. */
const FLAPS = 5;
const FLAP_MS = 2_000;

let stage: PromiseStage;

beforeAll(async () => {
  stage = await PromiseStage.open();
  await stage.lanes([LANE]);
}, CASE_MS);

/** Each of the cases begins with two rooms that are read. */
const bothAreRead = async (): Promise<void> => {
  await eventually(() => allRead('A', 'A'), 'room A is read again', 40_000);
  await eventually(() => allRead('B', 'B'), 'room B is read again', 40_000);
};

beforeEach(bothAreRead, CASE_MS);
afterEach(async () => {
  for (const room of ['A', 'B'] as const) {
    const isThere = await stage.rooms[room].ping().catch(() => undefined);
    if (isThere === undefined) await control('start', `redis-promise-${room === 'A' ? 'a' : 'b'}`);
  }
  await stage.settled(40_000);
  if ((await stage.status()).switch.readFrom !== 'AUTO') await stage.throwSwitch('AUTO', 'BOTH');
}, CASE_MS);

afterAll(() => stage?.close(), CASE_MS);

const allRead = async (home: 'A' | 'B', room: 'A' | 'B'): Promise<boolean> =>
  (await stage.ask(home, LANE)).room === room;

/** What callers saw, as a line for people and as numbers for the case. */
const summed = (what: string, asked: readonly Asked[], sinceMs: number) => {
  const errors = asked.filter(({ status }) => status !== 200).length;
  const degraded = asked.filter((each) => each.degraded).length;
  const fromA = asked.filter(({ room }) => room === 'A');
  const lastFromA = Math.max(0, ...fromA.map(({ atMs }) => atMs - sinceMs));
  const slowestMs = Math.max(...asked.map(({ tookMs }) => tookMs));
  const facts = `last read of A after ${Math.round(lastFromA)} ms, slowest ${Math.round(slowestMs)} ms`;
  console.log(`${what}: ${asked.length} promises, ${errors} errors, ${degraded} degraded; ${facts}`);
  return { errors, degraded, lastFromA, slowestMs };
};

/** Callers ask before, during and for a while after `fault`; answers since its beginning. */
const during = async (fault: () => Promise<void>): Promise<readonly [readonly Asked[], number]> => {
  let sinceMs = 0;
  const asked = await stage.askWhile(async () => {
    await pause(CALM_MS);
    sinceMs = performance.now();
    await fault();
    await pause(AWAY_MS);
  }, LANE);
  return [asked, sinceMs];
};

describe('one room', () => {
  it(
    'that is killed costs nobody a promise, is left within a second, and is filled and read again when it is back',
    async () => {
      const [asked, sinceMs] = await during(async () => {
        await stage.rooms.A.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
      });
      const { errors, degraded, lastFromA } = summed('room A killed', asked, sinceMs);
      expect([errors, degraded]).toEqual([0, 0]);
      expect(lastFromA).toBeLessThan(NOTICED_MS);
      await control('start', 'redis-promise-a');
      await stage.settled();
    },
    CASE_MS,
  );

  it(
    'that is frozen holds no caller longer than its timeouts, and is left within a second',
    async () => {
      const [asked, sinceMs] = await during(() => control('freeze', 'redis-promise-a'));
      await control('thaw', 'redis-promise-a');
      const { errors, degraded, lastFromA, slowestMs } = summed('room A frozen', asked, sinceMs);
      expect([errors, degraded]).toEqual([0, 0]);
      expect(lastFromA).toBeLessThan(NOTICED_MS + 1_500); // the freeze is a program of its own, which takes its time to start
      expect(slowestMs).toBeLessThan(SLOWEST_MS);
    },
    CASE_MS,
  );

  it(
    'that is emptied is not taken for a world without lanes, and is filled by itself',
    async () => {
      const [asked, sinceMs] = await during(async () => {
        await stage.rooms.A.flushall();
      });
      const { errors, degraded } = summed('room A emptied', asked, sinceMs);
      expect([errors, degraded]).toEqual([0, 0]);
      const soon = asked.filter(({ atMs }) => atMs > sinceMs && atMs < sinceMs + 100);
      expect(soon.filter(({ room }) => room === 'B').length).toBeGreaterThan(0);
      await stage.settled();
    },
    CASE_MS,
  );

  it(
    'that is read-only goes on being read, and is owed what the other one got',
    async () => {
      await stage.rooms.A.replicaof('127.0.0.1', 1);
      const change = {
        lanes: [
          {
            originArea: 'spec-owed',
            destinationArea: 'spec-home',
            serviceProduct: 'standard',
            bands: [{ hour: 12, durationMinutes: 20 }],
          },
        ],
      };
      const [asked, sinceMs] = await during(async () => {
        await stage.client.send('PUT', '/v1/promise-lanes', change);
      });
      const { errors, degraded } = summed('room A read-only', asked, sinceMs);
      expect([errors, degraded]).toEqual([0, 0]);
      expect((await stage.status()).rooms.map(({ debts }) => debts)).toEqual([1, 0]);
      await stage.rooms.A.replicaof('NO', 'ONE');
      await stage.settled(40_000);
    },
    CASE_MS,
  );
});

describe('both rooms', () => {
  it(
    'being gone, callers get careful figures that say so, and promises again when one is back',
    async () => {
      await control('kill', 'redis-promise-a', 'redis-promise-b');
      await eventually(async () => (await stage.ask('A', LANE)).degraded, 'it is noticed', NOTICED_MS * 3);
      const asked = await stage.askWhile(() => pause(1_000), LANE);
      const { errors, slowestMs } = summed('both rooms gone', asked, performance.now());
      expect(errors).toBe(0);
      expect(
        asked.every(({ degraded, room, durationMinutes }) => degraded && room === null && durationMinutes === 60),
      ).toBe(true);
      expect(slowestMs).toBeLessThan(SLOWEST_MS);
      const frozen = {
        requests: [
          {
            originArea: `spec-${LANE}`,
            destinationArea: 'spec-home',
            serviceProduct: 'standard',
            freezeFor: 'takeout',
          },
        ],
      };
      const { body } = await stage.client.post<{ promises: { token: string | null }[] }>('/v1/promises', frozen);
      expect(body.promises[0]?.token).toBeNull();
      await control('start', 'redis-promise-b');
      await eventually(() => allRead('A', 'B'), 'the room that is back is read', 15_000);
    },
    CASE_MS,
  );
});

describe('the operator', () => {
  it(
    'sees every instance obey within two seconds, and is refused what would show old lanes',
    async () => {
      expect((await stage.throwSwitch('AUTO', 'B')).status).toBe(409);
      const { status, obeyedAfterMs } = await stage.throwSwitch('B', 'B');
      console.log(`the switch to room B was obeyed by every instance after ${Math.round(obeyedAfterMs)} ms`);
      expect(status).toBe(200);
      expect(obeyedAfterMs).toBeLessThan(2_000);
      expect([(await stage.ask('A', LANE)).room, (await stage.ask('B', LANE)).room]).toEqual(['B', 'B']);
    },
    CASE_MS,
  );

  it(
    'brings a room back by writing both, loading in full, and reading both, in this order',
    async () => {
      const load = () => stage.client.post('/v1/promise-rooms/loads', { mode: 'FULL' });
      expect((await stage.throwSwitch('B', 'B')).status).toBe(200);
      await stage.client.send('PUT', '/v1/promise-lanes', {
        lanes: [
          {
            originArea: `spec-${LANE}`,
            destinationArea: 'spec-home',
            serviceProduct: 'standard',
            bands: Array.from({ length: 24 }, (_, hour) => ({ hour, durationMinutes: 50 })),
          },
        ],
      });
      await stage.rooms.A.flushall();
      expect((await stage.throwSwitch('B', 'BOTH')).status).toBe(200);
      await load();
      expect((await stage.throwSwitch('AUTO', 'BOTH')).status).toBe(409);
      await stage.settled();
      expect((await stage.throwSwitch('AUTO', 'BOTH')).status).toBe(200);
      await eventually(async () => (await stage.ask('A', LANE)).room === 'A', 'room A is read', 20_000);
      expect((await stage.ask('A', LANE)).durationMinutes).toBe(50);
    },
    CASE_MS,
  );
});

// The last one: the room is left alone for long afterwards.
describe('a room', () => {
  it(
    'that comes and goes each second is used a few times and then left until it is calm',
    async () => {
      const [asked, sinceMs] = await during(async () => {
        for (let turn = 0; turn < FLAPS; turn += 1) {
          await stage.rooms.A.call('CLIENT', 'PAUSE', '1000', 'ALL');
          await pause(FLAP_MS);
        }
      });
      const { errors, degraded, slowestMs } = summed('room A flapping', asked, sinceMs);
      expect([errors, degraded]).toEqual([0, 0]);
      expect(slowestMs).toBeLessThan(SLOWEST_MS);
      const settledMs = sinceMs + (FLAPS / 2) * FLAP_MS;
      const last = asked.filter(({ atMs }) => atMs > settledMs && atMs < sinceMs + FLAPS * FLAP_MS);
      const changes = stage.apis.A.log.split('\n').filter((line) => /promise room is left alone/.test(line)).length;
      console.log(`room A flapping: ${changes} times left alone in all cases so far`);
      expect(last.filter(({ room }) => room === 'A')).toEqual([]);
    },
    CASE_MS,
  );
});
