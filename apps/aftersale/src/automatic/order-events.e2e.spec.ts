/**
 * What the end of an order leaves in the tables, heard over the real broker in a space of its own. Most ends are of orders that were never paid:
 * they owe nobody anything, and must not cost a transaction each.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  anEvent,
  applyTopology,
  BroadcastPublisher,
  type EventConsumer,
  loadTopology,
  PublishOutcome,
  spaced,
  type Topology,
  topologyDirectory,
  withdrawQueues,
} from '@ordo/broadcast';
import { type CloudEvent, OrderStatus } from '@ordo/contracts';
import { silentLogger } from '@ordo/platform';
import { encodeOrderNumber, NodePools, NUMBER_EPOCH_MS } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { TimersRuntime } from '@ordo/timers';
import { AFTERSALE_NODE_SCHEMA, AftersalePlacement } from '../change/aftersale-address.js';
import { AUTOMATIC_REFUNDS } from './automatic-refund-task.js';
import { orderEvents, QUEUE } from './order-events.consumer.js';

const { amqpUrl, mysqlNodes, redisTimersUrl } = testStack();
const space = `ends-${Date.now().toString(36)}`;
const placement = new AftersalePlacement(mysqlNodes.length);

let pools: NodePools;
let topology: Topology;
let publisher: BroadcastPublisher;
let runtime: TimersRuntime;
let consumer: EventConsumer;
let made = 0;

/** Of an order that exists nowhere else: the consumer writes down what it hears and asks nobody. */
function anOrderNumber(): string {
  made += 1;
  const second = Math.floor((Date.now() - NUMBER_EPOCH_MS) / 1_000);
  return encodeOrderNumber({ second, userShard: made, merchantShard: 7, worker: 255, sequence: made });
}

const anEnd = (previousStatus: OrderStatus): CloudEvent =>
  anEvent('order.invalidated', { orderId: anOrderNumber(), data: { previousStatus } });

async function publish(events: readonly CloudEvent[]): Promise<void> {
  const outcomes = await publisher.publishWindow(
    // To the queue by its name: in a space of its own nobody has to declare an exchange for it.
    events.map((event) => ({
      ...{ exchange: '', routingKey: spaced(space, QUEUE), messageId: event.id },
      ...{ type: event.type, body: JSON.stringify(event) },
    })),
  );
  expect(outcomes).toEqual(events.map(() => PublishOutcome.CONFIRMED));
}

/** Rows that the event left on its node. */
async function timersOf({ id, subject }: CloudEvent): Promise<readonly string[]> {
  const rows = await pools
    .at(placement.ofNumber(subject).node)
    .query(
      `SELECT id, due_at, payload FROM ${AFTERSALE_NODE_SCHEMA}.timer WHERE queue='${AUTOMATIC_REFUNDS}' AND timer_key='${id}'`,
    );
  return rows.map((row) => JSON.stringify(row));
}

beforeAll(async () => {
  pools = new NodePools([...mysqlNodes], { connectionLimit: 2 });
  const { queues } = loadTopology(topologyDirectory(), { space });
  const queue = queues.filter(({ name }) => name === spaced(space, QUEUE)).map((each) => ({ ...each, bindings: [] }));
  topology = { space, exchanges: [], streams: [], queues: queue };
  await applyTopology(amqpUrl, topology);
  runtime = new TimersRuntime(
    { pools: pools.all, redisUrl: redisTimersUrl, schema: AFTERSALE_NODE_SCHEMA, space, fires: false },
    [{ queue: AUTOMATIC_REFUNDS, retries: {}, task: { handle: async () => undefined } }],
  );
  const options = { config: { amqpUrl, space }, placement, timers: () => runtime.timers, logger: silentLogger };
  consumer = orderEvents(options);
  publisher = new BroadcastPublisher({ url: amqpUrl });
  await Promise.all([consumer.start(), publisher.connect()]);
});

afterAll(async () => {
  await Promise.all([consumer.stop(), publisher.close()]);
  await runtime.stop();
  await withdrawQueues(amqpUrl, topology);
  await pools.close();
});

describe('the end of an order, as the after-sale app hears it', () => {
  it('is a timer where the order was paid, and not one row where it never was', async () => {
    const unpaid = [anEnd(OrderStatus.CREATED), anEnd(OrderStatus.CREATED), anEnd(OrderStatus.CREATED)];
    const paid = [anEnd(OrderStatus.PAID), anEnd(OrderStatus.ACCEPTED)];
    const late = anEvent('order.late_payment', { orderId: anOrderNumber() });
    const first = [...unpaid, ...paid, late];
    const fresh = anEnd(OrderStatus.PAID);
    // Every event once more, and a new one among them: they are written down in one statement.
    const again = [...first, fresh];
    const all = [...first, ...again];
    try {
      await publish(first);
      await eventually(() => consumer.counts.handled === first.length, 'every event to be handled');
      const written = await Promise.all([...paid, late].map(timersOf));
      expect(written.map((rows) => rows.length)).toEqual([1, 1, 1]);
      for (const event of unpaid) expect(await timersOf(event)).toEqual([]);
      await publish(again);
      await eventually(() => consumer.counts.handled === all.length, 'every event to be handled again');
      expect(await Promise.all([...paid, late].map(timersOf))).toEqual(written);
      expect(await timersOf(fresh)).toHaveLength(1);
    } finally {
      // No refund of an order that never was begins in a spec after this one.
      const keys = all.map(({ id }) => `'${id}'`).join();
      for (const pool of pools.all) {
        await pool.query(`DELETE FROM ${AFTERSALE_NODE_SCHEMA}.timer WHERE timer_key IN (${keys})`);
      }
    }
  });
});
