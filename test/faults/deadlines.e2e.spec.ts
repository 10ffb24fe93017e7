/**
 * Promise P6 for the deadlines of orders, under kill -9, with a worker that is frozen in the middle of a transaction, without the timers' Redis, with a database node that restarts, and against
 * payments that come at the same moment. Every case prints its counts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderStatus, orderStatusCode } from '@ordo/contracts';
import { aPlaceOrder, aServiceToken, eventually } from '@ordo/testing';
import { forgetDeadlines } from '../harness/backlog.js';
import { DimensionReader } from '../harness/dimension-reader.js';
import { EventRecorder } from '../harness/event-recorder.js';
import { Expiries, NOTHING_AMISS, placeExpiring } from '../harness/expiries.js';
import { OrderFleet } from '../harness/order-fleet.js';
import type { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';
import { RowLocks } from '../harness/row-locks.js';
import { control } from '../harness/server-control.js';

/** As many as a busy minute of a large city has unpaid, due at once. */
const CROWD = 2_000;
/** To place them in, at most: hundreds a second on cores of one's own, dozens on shared ones. */
const PLACING_MS = 40_000;
/** A dead owner's shards are taken within a lease and its grace (11.5 s); the rest is for machines that are shared. */
const SETTLED_MS = 45_000;
/** Enough for transactions of many orders on each node. */
const FROZEN_CROWD = 400;
/** MariaDB drops a transaction after so much silence of its connection; a retry comes on top. */
const DROPPED_MS = 20_000;
/** Placed and due while a worker is frozen, well before its transaction is dropped. */
const LATER = 100;
/** Three crowds are looked at side by side, in every shard. */
const LOOK_EVERY_MS = 200;
/** Where the number is not the point. */
const FEW = 200;
/** Seconds to act between placement and deadline. */
const SOON_MS = 10_000;
const RACERS = 300;
const CASE_MS = 150_000;

let fleet: OrderFleet;
let api: OrderProcess;
let worker: OrderProcess;
let standby: OrderProcess;
let service: RestClient;
let recorder: EventRecorder;
let reader: DimensionReader;

beforeAll(async () => {
  fleet = new OrderFleet();
  reader = new DimensionReader();
  [recorder] = await Promise.all([EventRecorder.open(), forgetDeadlines()]);
  // Half of the shards are the standby's, and all of them once the other is killed.
  [api, worker, standby] = await Promise.all([fleet.start('api'), fleet.start('worker'), fleet.start('worker')]);
  service = new RestClient(api.url, await aServiceToken());
  await untilDeadlinesFire();
}, CASE_MS);

afterEach(() => control('start', 'mysql-0', 'mysql-1', 'redis-timers'), CASE_MS);

afterAll(async () => {
  await fleet?.end();
  await recorder?.close();
  await reader?.close();
}, CASE_MS);

async function untilDeadlinesFire(): Promise<void> {
  const orderId = await service.placed(aPlaceOrder({ deadlines: { paySeconds: 1 } }));
  await recorder.untilHeard(orderId, 2, SETTLED_MS);
}

/** `count` orders that are due soon, in the same moment. */
async function due(count: number, withinMs: number): Promise<Expiries> {
  return new Expiries(reader, recorder, await placeExpiring(service, count, withinMs));
}

describe('the deadlines of orders', () => {
  it(
    'fire once each when a worker is killed in the middle of two thousand of them',
    async () => {
      const expiries = await due(CROWD, PLACING_MS);
      // Some have ended and most have not: whatever it has claimed, and whatever it is committing, is left behind.
      await eventually(async () => (await expiries.ended()) > 0, 'the first have expired', PLACING_MS + SETTLED_MS);
      const endedAtKill = await expiries.ended();
      await worker.kill();
      const counts = await expiries.settle(`worker killed after ${endedAtKill}`, SETTLED_MS);
      worker = standby;
      expect(counts).toMatchObject({ ...NOTHING_AMISS, fired: counts.set });
      expect(counts.set).toBeGreaterThan(FEW);
    },
    CASE_MS,
  );

  it(
    'that a frozen worker holds locked wait for it alone, until the server drops its transaction, and none fires twice when it wakes',
    async () => {
      const [node, locks] = [0, new RowLocks()];
      const second = await fleet.start('worker');
      try {
        const share = async (process: OrderProcess): Promise<number> => (await locks.shardsOf(process, node)).size;
        await eventually(
          async () => (await share(worker)) > 0 && (await share(second)) > 0,
          'both own shards',
          SETTLED_MS,
        );
        const expiries = await due(FROZEN_CROWD, PLACING_MS);
        const held = await locks.freezeInMidFiring(worker, expiries.orders, node);
        const frozenMs = performance.now();
        /** When all of them had ended, in ms since the freeze. */
        const endingOf = async (some: Expiries): Promise<number> => {
          const haveEnded = async (): Promise<boolean> => {
            await pause(LOOK_EVERY_MS);
            return (await some.ended()) === some.orders.length;
          };
          await eventually(haveEnded, 'they expire', 2 * SETTLED_MS);
          return performance.now() - frozenMs;
        };
        const ofOthers = endingOf(expiries.of(({ orderId }) => !held.has(orderId)));
        // Of the same shards: they are due beside the ones that are locked.
        const later = await due(LATER, SOON_MS);
        const ofLater = endingOf(later);
        // Where the server keeps the transaction, its owner's waking ends it.
        const isDropped = await locks.serverDropsIdleTransactions();
        if (!isDropped) void Promise.all([ofOthers, ofLater]).then(() => worker.thaw());
        const ofLocked = endingOf(expiries.of(({ orderId }) => held.has(orderId)));
        const [othersMs, laterMs, lockedMs] = await Promise.all([ofOthers, ofLater, ofLocked]);
        worker.thaw();
        const counts = await expiries.settle('a worker frozen in mid-firing', SETTLED_MS);
        const meanwhile = await later.settle('due while it is frozen', SETTLED_MS);
        const [locked, others, dueLater] = [lockedMs, othersMs, laterMs].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
        console.log(
          `since the freeze: the ${held.size} locked after ${locked}, the others ${others}, those due later ${dueLater}`,
        );
        expect([counts, meanwhile]).toMatchObject([
          { ...NOTHING_AMISS, fired: counts.set },
          { ...NOTHING_AMISS, fired: meanwhile.set },
        ]);
        expect(held.size).toBeGreaterThan(0);
        expect(Math.max(othersMs, laterMs)).toBeLessThan(lockedMs);
        expect(lockedMs).toBeGreaterThan(isDropped ? DROPPED_MS - 1_000 : 0);
      } finally {
        worker.thaw();
        await Promise.all([second.stop(), locks.close()]);
      }
    },
    CASE_MS,
  );

  it(
    'fire from the database while the timers’ Redis is away, and by the index again when it is back, empty',
    async () => {
      const expiries = await due(FEW, SOON_MS);
      await control('kill', 'redis-timers');
      const without = await expiries.settle('timers’ Redis away', SETTLED_MS);
      await control('start', 'redis-timers');
      const later = await due(FEW, SOON_MS);
      const again = await later.settle('timers’ Redis back', SETTLED_MS);
      expect([without, again]).toMatchObject([
        { ...NOTHING_AMISS, fired: without.set },
        { ...NOTHING_AMISS, fired: again.set },
      ]);
    },
    CASE_MS,
  );

  it(
    'of users whose node restarts while they are due fire when it is back, and nobody else’s wait for it',
    async () => {
      const expiries = await due(FEW, SOON_MS);
      const ofNode = (node: number): Expiries =>
        expiries.of(({ userId }) => reader.placement.userNode(Number(BigInt(userId) % 120n)) === node);
      await control('kill', 'mysql-1');
      // Events of the other node's orders wait for merchants who live on the one that is away; the orders themselves do not.
      const others = ofNode(0);
      await eventually(async () => (await others.ended()) === others.orders.length, 'the others expire', SETTLED_MS);
      await control('start', 'mysql-1');
      const counts = await expiries.settle('node restarted', SETTLED_MS);
      expect(counts).toMatchObject({ ...NOTHING_AMISS, fired: counts.set });
    },
    CASE_MS,
  );
});

describe('a payment that comes with the deadline', () => {
  it(
    'wins or loses: paid and valid, or invalid with its payment announced as late, and never both or neither',
    async () => {
      const expiring = await placeExpiring(service, RACERS, SOON_MS);
      const paid = await Promise.all(
        expiring.map(async ({ orderId, dueMs }, at) => {
          // The wheel turns with the second that follows; payments are spread over half a second on either side of it.
          const meetMs = Math.ceil(dueMs / 1_000) * 1_000 + (at / RACERS - 0.5) * 1_000;
          await pause(Math.max(0, meetMs - Date.now()));
          return { orderId, answer: await untilAnswered(() => service.paid(orderId, 3600)) };
        }),
      );
      const counts = { paid: 0, late: 0, neither: 0, both: 0 };
      for (const { orderId, answer } of paid) {
        const isPaid = answer.body['status'] === 'PAID';
        const events = await recorder.untilHeard(orderId, isPaid ? 2 : 3, SETTLED_MS);
        const types = events.map(({ type }) => type);
        const hasEnded = types.includes('ordo.order.invalidated.v1');
        const isLate = types.includes('ordo.order.late_payment.v1');
        if (isPaid && !hasEnded && !isLate) counts.paid += 1;
        else if (!isPaid && hasEnded && isLate && !types.includes('ordo.order.paid.v1')) counts.late += 1;
        else if (hasEnded && types.includes('ordo.order.paid.v1')) counts.both += 1;
        else counts.neither += 1;
      }
      console.log(`payment against deadline: ${JSON.stringify({ raced: paid.length, ...counts })}`);
      expect(counts).toMatchObject({ both: 0, neither: 0 });
      expect(counts.paid + counts.late).toBe(expiring.length);
      const rows = await reader.endingsOf([...new Set(expiring.map(({ userId }) => userId))]);
      const stored = (status: OrderStatus): number =>
        rows.filter((row) => row.status === orderStatusCode[status]).length;
      expect([stored(OrderStatus.PAID), stored(OrderStatus.INVALID)]).toEqual([counts.paid, counts.late]);
      expect(Math.min(counts.paid, counts.late)).toBeGreaterThan(0);
    },
    CASE_MS,
  );
});

/** As the payment side does: what may be tried again (503) is sent again, with the same payment id. */
async function untilAnswered<A extends { readonly status: number }>(send: () => Promise<A>): Promise<A> {
  return eventually(
    async () => {
      const answer = await send();
      return answer.status === 503 ? undefined : answer;
    },
    'an answer that is final',
    SETTLED_MS,
  );
}
