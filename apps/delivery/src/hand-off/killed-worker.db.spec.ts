/**
 * P8 under fire: a worker is killed between any two of its steps, at each of them in turn and at several by chance, while reports repeat, skip and
 * overtake. Its successor finds only what was committed, the timers, an event that comes again, and a carrier that repeats what was not answered.
 */
import { randomInt } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DeliveryState, type OrderDocument } from '@ordo/contracts';
import { type NodePool, NodePools, OrderNumberGenerator, Placement, ShardTransactions, shardOf } from '@ordo/sharding';
import { aPlaceOrder, testStack } from '@ordo/testing';
import { TimerState } from '@ordo/timers';
import fc from 'fast-check';
import { DELIVERY_NODE_SCHEMA, deliverySchema } from '../schemas/delivery-schemas.js';
import type { ReportedState } from '../waybill-life/state-rank.rules.js';
import { Killed, MortalWorker, type RehearsalStores, type World } from './rehearsal/mortal-worker.js';

const WORKER_ID = 255;
const MANY_POINTS = 200;
const CASE_MS = 120_000;
const way = ['TO_ASSIGN', 'TO_FETCH', 'AT_SHOP', 'DELIVERING', 'DELIVERED'] as const;

let pools: NodePools;
let stores: RehearsalStores;
beforeAll(() => {
  const urls = testStack().mysqlNodes;
  pools = new NodePools([...urls], { connectionLimit: 2 });
  // Long ago, at a moment of its own: the tables of an earlier run may still be there.
  let second = randomInt(40_000_000);
  const numbers = new OrderNumberGenerator({ workerId: WORKER_ID, clock: { second: () => (second += 1) } });
  stores = {
    ...{ pools, placement: new Placement(urls.length), transactions: new ShardTransactions(pools) },
    nextNumber: (user, merchant) => numbers.next(user, merchant),
  };
});
afterAll(() => pools.close());

function aWorld(lostAnswers = 1): World {
  const body = aPlaceOrder();
  const orderId = stores.nextNumber(shardOf(body.userId), shardOf(body.merchantId));
  const order = { ...body, orderId, status: 'ACCEPTED', version: 3, extension: {} } as unknown as OrderDocument;
  return { order, heard: new Map(), lostAnswers, receipts: 0, told: 0 };
}

/** Everything that reaches the app from outside; each is repeated until it was answered. */
type Act = (worker: MortalWorker) => Promise<unknown>;

function actsOf({ order: { orderId } }: World, states: readonly ReportedState[]): readonly Act[] {
  const event = { consumer: 'rehearsal', eventId: `${orderId}-3` };
  const accepted: Act = ({ handOffs }) => handOffs.atAcceptance(orderId, event, null);
  const reports = states.map((state, at): Act => {
    const report = { attempt: 1, state, subState: null, courierId: 'c-1', occurredAtMs: Date.now() + at };
    return ({ reports }) => {
      const message = { nonce: `${orderId}-${at}-${Math.random()}`, raw: '{}' };
      return reports.take({ carrier: 'hub', orderId, report, by: 'REPORT', carrierRef: null, message }, null);
    };
  });
  return [accepted, ...reports];
}

/** Lives one after the other, each until it is killed, and the last to the end. Answers how many points the last one had. */
async function live(world: World, states: readonly ReportedState[], deaths: readonly number[]): Promise<number> {
  const waiting = [...actsOf(world, states)];
  for (const diesAt of [...deaths, undefined]) {
    const worker = new MortalWorker(stores, world, diesAt);
    try {
      // What is overdue fires first; a carrier that has not heard of a waybill reports nothing of it.
      await fireDue(worker, world);
      while (waiting[0] !== undefined) {
        await waiting[0](worker);
        waiting.shift();
        await fireDue(worker, world);
      }
      return worker.livedThrough;
    } catch (error) {
      if (!(error instanceof Killed)) throw error;
    }
  }
  throw new Error('the last life ends by itself');
}

/** Every pending timer of the order, whatever its time, until none is left. */
async function fireDue(worker: MortalWorker, world: World): Promise<void> {
  const { orderId } = world.order;
  const pool = poolOf(world);
  const pending = `timer_key LIKE '${orderId}%' AND state=${TimerState.PENDING}`;
  for (let turn = 0; turn < MANY_POINTS; turn += 1) {
    const rows = await pool.query<readonly { id: string; queue: string; payload: string }[]>(
      `SELECT id, queue, payload FROM ${DELIVERY_NODE_SCHEMA}.timer WHERE ${pending} ORDER BY due_at LIMIT 1`,
    );
    const [timer] = rows;
    if (timer === undefined) return;
    await worker.fire(timer.queue, timer.payload);
    await pool.query(`UPDATE ${DELIVERY_NODE_SCHEMA}.timer SET state=${TimerState.FIRED} WHERE id=${timer.id}`);
  }
  throw new Error(`order ${orderId} has timers without end`);
}

const poolOf = ({ order }: World): NodePool => pools.at(stores.placement.userNode(shardOf(order.userId)));

/** What is left of it all, in the tables and outside. */
async function outcomeOf(world: World) {
  const schema = deliverySchema(shardOf(world.order.userId));
  const { orderId } = world.order;
  const pool = poolOf(world);
  const [delivery] = await pool.query<readonly Record<string, unknown>[]>(
    `SELECT state, attempt, receipt, version FROM ${schema}.delivery WHERE order_id=${orderId}`,
  );
  const events = await pool.query<readonly { version: number; type: string }[]>(
    `SELECT version, type FROM ${schema}.delivery_event WHERE order_id=${orderId} ORDER BY version`,
  );
  const waybills = await pool.query<readonly unknown[]>(
    `SELECT attempt FROM ${schema}.waybill WHERE order_id=${orderId}`,
  );
  const owed = await pool.query<readonly unknown[]>(
    `SELECT id FROM ${DELIVERY_NODE_SCHEMA}.hand_off WHERE order_id=${orderId}`,
  );
  return {
    ...delivery,
    waybills: waybills.length,
    handOffsOwed: owed.length,
    atCarrier: world.heard.size,
    receipts: world.receipts,
    delivered: events.filter(({ type }) => type === 'delivery.delivered').length,
    hasGaps: events.some(({ version }, at) => Number(version) !== at + 1),
    toldAll: Number(delivery?.['version']) === events.length,
  };
}

const asPromised = {
  ...{ attempt: 1, receipt: 2, waybills: 1, handOffsOwed: 0, atCarrier: 1, receipts: 1, delivered: 1 },
  ...{ hasGaps: false, toldAll: true },
};

describe('a worker that is killed', () => {
  it(
    'at any one point leaves one waybill, one end, and one receipt',
    async () => {
      const usual = aWorld();
      const points = await live(usual, way, []);
      const { version, state, ...rest } = (await outcomeOf(usual)) as Record<string, unknown>;
      expect([rest, version]).toEqual([asPromised, 7]);
      const repeats: number[] = [];
      for (let point = 1; point <= points; point += 1) {
        const world = aWorld();
        await live(world, way, [point]);
        expect({ point, ...(await outcomeOf(world)) }).toEqual({ point, ...asPromised, version, state });
        repeats.push(world.told);
      }
      const twice = repeats.filter((told) => told > 1).length;
      process.stdout.write(
        `killed at each of ${points} points: each delivered and received once, ${twice} told twice\n`,
      );
      expect(points).toBeGreaterThan(20);
    },
    CASE_MS,
  );

  it(
    'again and again, under reports in any order, leaves the same',
    async () => {
      const sequences = fc
        .shuffledSubarray([...way, ...way, 'TO_FETCH', 'AT_SHOP'] as ReportedState[])
        .map((states) => [...states, DeliveryState.DELIVERED] as ReportedState[]);
      const deaths = fc.array(fc.integer({ min: 1, max: 24 }), { maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(sequences, deaths, fc.nat(2), async (states, points, lostAnswers) => {
          const world = aWorld(lostAnswers);
          await live(world, states, points);
          expect(await outcomeOf(world)).toMatchObject(asPromised);
        }),
        { numRuns: 40 },
      );
    },
    CASE_MS,
  );
});
