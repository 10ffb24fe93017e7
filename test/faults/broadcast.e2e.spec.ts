/**
 * The broadcast under faults, counted: what was attempted, acknowledged, lost and repeated. A sender repeats what was not confirmed, as the
 * relay does; a consumer's effects are once by an inbox. Lost must be none, but where a policy says so, and then exactly as it says.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  applyTopology,
  countBacklogs,
  eventsOfRecord,
  inOrder,
  lookAtDeadLetters,
  MemoryStore,
  once,
  redriveDeadLetters,
  replayEvents,
  streamOf,
} from '@ordo/broadcast';
import { InvariantViolation } from '@ordo/kernel';
import { NodePools } from '@ordo/sharding';
import { eventually, testStack } from '@ordo/testing';
import { connect } from 'amqplib';
import { BroadcastStage } from '../harness/broadcast-stage.js';
import { ROOT } from '../harness/process-log.js';
import { control } from '../harness/server-control.js';
import { DYING_VARIABLE, type DyingSettings } from '../programs/dying-settings.js';

const CASE_MS = 90_000;
const STOPPED_MS = 1_500;
const NOTHING_LOST = { lost: 0, doubled: 0 };

describe('the broadcast', () => {
  let stage: BroadcastStage;
  const { amqpUrl, mysqlNodes } = testStack();

  afterEach(async () => {
    stage.giveUp();
    await stage.close();
  }, CASE_MS);

  /** Effects once per event, in a store that this process holds. */
  const counting = (store = new MemoryStore()) =>
    once(
      { consumer: 'books', transactions: store, inbox: store.inbox },
      { 'order.paid': async (_tx, event) => stage.acted(event) },
    );

  const waiting = async (): Promise<number> => (await countBacklogs(amqpUrl, stage.topology))[0]?.messages ?? -1;

  it(
    'loses nothing when the broker is stopped under a sender and a consumer, and both go on by themselves',
    async () => {
      stage = await BroadcastStage.open(amqpUrl);
      await stage.consume(counting());
      const sending = stage.send(2_000, 20);
      await pause(300);
      await control('stop', 'rabbitmq');
      const before = stage.confirmed.size;
      await pause(STOPPED_MS).finally(() => control('start', 'rabbitmq'));
      await sending;
      expect(await stage.settle('broker stopped')).toMatchObject({
        ...NOTHING_LOST,
        attempted: 2_000,
        acknowledged: 2_000,
      });
      expect(before).toBeLessThan(2_000);
    },
    CASE_MS,
  );

  it(
    'loses with a deleted queue what was in it, and a replay of the stream brings exactly that back',
    async () => {
      stage = await BroadcastStage.open(amqpUrl);
      await stage.send(300);
      await eventually(async () => (await waiting()) === 300, 'all to wait in the queue');
      const connection = await connect(amqpUrl);
      const channel = await connection.createChannel();
      await channel.deleteQueue(stage.queue);
      await channel.close();
      await connection.close();
      await applyTopology(amqpUrl, stage.topology);
      await stage.consume(counting());
      await stage.send(100);
      await eventually(() => stage.effects.size === 100, 'what was sent afterwards is handled');
      expect(stage.account('queue deleted')).toMatchObject({ acknowledged: 400, lost: 300 });
      await replayEvents({ url: amqpUrl, topology: stage.topology, to: stage.queue, filter: {}, ratePerSecond: 5_000 });
      // What was there before the replay comes again, in whatever order.
      await eventually(() => stage.repeated >= 100, 'the replay is through');
      expect(await stage.settle('queue deleted, replayed')).toMatchObject({ ...NOTHING_LOST, repeated: 100 });
    },
    CASE_MS,
  );

  it(
    'loses the oldest of a full queue with drop-head, acknowledges everything, and keeps the newest',
    async () => {
      stage = await BroadcastStage.open(amqpUrl, { overflow: 'drop-head', maxLength: 200 });
      expect(await stage.sendOnce(1_000)).toBe(1_000);
      await eventually(async () => (await waiting()) === 200, 'the queue to be full');
      await stage.consume(counting());
      await eventually(() => stage.effects.size === 200, 'the rest to be handled');
      expect(stage.account('queue full, drop-head')).toMatchObject({ acknowledged: 1_000, lost: 800, doubled: 0 });
      expect([...stage.effects.keys()].sort(byNumber)).toEqual(stage.attempted.slice(800));
    },
    CASE_MS,
  );

  it(
    'acknowledges no more than a full queue with reject-publish takes, loses none of that, and takes the rest when there is room',
    async () => {
      stage = await BroadcastStage.open(amqpUrl, { overflow: 'reject-publish', maxLength: 200 });
      const taken = await stage.sendOnce(1_000);
      expect(taken).toBeGreaterThanOrEqual(200);
      expect(taken).toBeLessThan(400); // a quorum queue refuses a window or two late
      console.log(`queue full, reject-publish: ${taken} of 1000 acknowledged by a queue of 200, the others refused`);
      await eventually(async () => (await waiting()) === taken, 'what was acknowledged, and nothing else, is there');
      await stage.consume(counting());
      await stage.send(1_000, 5);
      expect(await stage.settle('queue full, reject-publish')).toMatchObject({
        ...NOTHING_LOST,
        acknowledged: taken + 1_000,
      });
    },
    CASE_MS,
  );

  it(
    'waits out a memory alarm: the sender is told and hangs on nothing, the consumer goes on, nothing is lost',
    async () => {
      stage = await BroadcastStage.open(amqpUrl);
      await stage.send(200);
      await control('alarm', 'rabbitmq');
      const sending = stage.send(200, 10);
      await eventually(() => stage.publisher.blocked !== undefined, 'the sender is told that the broker blocks');
      const askedMs = performance.now();
      expect(await stage.publisher.publishWindow([stage.event('1')])).toEqual(['unconfirmed']);
      expect(performance.now() - askedMs).toBeLessThan(100);
      await stage.consume(counting());
      await eventually(() => stage.effects.size >= 200, 'what waited is handled during the alarm');
      expect(stage.confirmed.size).toBeLessThan(400);
      await control('calm', 'rabbitmq');
      await sending;
      expect(await stage.settle('memory alarm')).toMatchObject({ ...NOTHING_LOST, attempted: 400, acknowledged: 400 });
    },
    CASE_MS,
  );

  it(
    'dead-letters what is poison and nothing else, and a redrive after the mending brings every one of them through, once',
    async () => {
      stage = await BroadcastStage.open(amqpUrl);
      let isMended = false;
      const handled = counting();
      await stage.consume(async (event, context) => {
        if (!isMended && Number(event.subject) % 20 === 0) throw new InvariantViolation('a total that does not add up');
        await handled(event, context);
      });
      await stage.send(400);
      await eventually(() => stage.effects.size === 380, 'all others are handled');
      await eventually(async () => (await countBacklogs(amqpUrl, stage.topology))[0]?.deadLetters === 20, '20 letters');
      expect(stage.account('poison')).toMatchObject({ lost: 20, doubled: 0, repeated: 0 });
      const letters = await lookAtDeadLetters(amqpUrl, stage.queue);
      expect(letters.every(({ event }) => Number(event?.subject) % 20 === 0)).toBe(true);
      isMended = true;
      expect(await redriveDeadLetters(amqpUrl, stage.queue)).toEqual({ redriven: 20, left: 0, stopped: undefined });
      expect(await stage.settle('poison, redriven')).toMatchObject({ ...NOTHING_LOST, acknowledged: 400 });
    },
    CASE_MS,
  );

  it(
    'has every effect once although consumers are killed in the middle of their handlers, with others in hand',
    async () => {
      stage = await BroadcastStage.open(amqpUrl, { deliveryLimit: 50 });
      const pools = new NodePools([...mysqlNodes]);
      const schema = `spec_dying_${randomUUID().slice(0, 8)}`;
      await pools.at(0).query(`CREATE DATABASE ${schema}`);
      await pools.at(0).query(`CREATE TABLE ${schema}.inbox LIKE ordo_node.inbox`);
      for (const table of ['effect', 'delivery']) {
        await pools.at(0).query(`CREATE TABLE ${schema}.${table} (event_id VARCHAR(40) NOT NULL)`);
      }
      const settings = { url: amqpUrl, mysqlUrl: mysqlNodes[0] ?? '', queue: stage.queue, schema };
      await stage.send(300);
      let deaths = 0;
      for (const diesAt of [30, 50, 40, 60]) {
        await runUntilDead({ ...settings, diesAt });
        deaths += 1;
      }
      const last = startDying({ ...settings, diesAt: 0 });
      const rowsOf = (table: string) =>
        pools.at(0).query<readonly { event_id: string }[]>(`SELECT event_id FROM ${schema}.${table}`);
      await eventually(async () => (await rowsOf('effect')).length >= 300, 'every event has its effect', 20_000);
      await pause(500);
      count(stage.effects, await rowsOf('effect'));
      count(stage.deliveries, await rowsOf('delivery'));
      const account = stage.account(`consumers killed in mid-handler (${deaths} deaths)`);
      last.kill('SIGTERM');
      await pools.at(0).query(`DROP DATABASE ${schema}`);
      await pools.close();
      expect(account).toMatchObject({ ...NOTHING_LOST, acknowledged: 300 });
      expect(account.repeated).toBeGreaterThanOrEqual(deaths); // what died in its handler came again
    },
    CASE_MS,
  );

  it(
    'applies each order in version order, each version once, when deliveries are tripled, in disorder, and some never come',
    async () => {
      const [orders, versions] = [40, 6];
      stage = await BroadcastStage.open(amqpUrl);
      const store = new MemoryStore();
      const applied = new Map<string, number[]>();
      const stream = streamOf(stage.exchange);
      const refetch = ({ record, from, to }: { record: string; from: number; to: number }) =>
        eventsOfRecord(amqpUrl, stream, { record, from, to });
      const life = Array.from({ length: orders * versions }, (_, at) =>
        stage.event(String((at % orders) + 1), Math.floor(at / orders) + 1),
      );
      // To the exchange each once, so that the stream has them; the copies that the queue gets are those of the disorder below.
      await stage.publisher.publishWindow(life.map((event) => ({ ...event, routingKey: 'takeout.unheard' })));
      const missing = (at: number): boolean => at % 17 === 5 && at < orders * (versions - 1);
      const delivered = shuffled([0, 1, 2].flatMap(() => life.filter((_, at) => !missing(at))));
      for (let at = 0; at < delivered.length; at += 100) {
        const window = delivered.slice(at, at + 100).map((event, index) => ({
          ...event,
          exchange: '',
          routingKey: stage.queue,
          headers: { 'x-copy': at + index },
        }));
        await stage.publisher.publishWindow(
          window.map((event, index) => ({ ...event, messageId: `${event.messageId}#${at + index}` })),
        );
      }
      for (const { messageId } of life) {
        stage.attempted.push(messageId);
        stage.confirmed.add(messageId);
      }
      await stage.consume(
        inOrder(
          { consumer: 'books', transactions: store, positions: store.positions, refetch, parkAttempts: 1 },
          {
            'order.paid': async (_tx, event) => {
              stage.acted(event);
              applied.set(event.subject, [...(applied.get(event.subject) ?? []), event.orderversion]);
            },
          },
        ),
      );
      const account = await stage.settle(
        `duplicated, reordered and ${life.filter((_, at) => missing(at)).length} missing`,
      );
      expect(account).toMatchObject({ ...NOTHING_LOST, acknowledged: orders * versions });
      for (const seen of applied.values()) expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
    },
    CASE_MS,
  );
});

function count(counts: Map<string, number>, rows: readonly { event_id: string }[]): void {
  for (const { event_id } of rows) counts.set(event_id, (counts.get(event_id) ?? 0) + 1);
}

const byNumber = (a: string, b: string): number => Number.parseInt(a, 10) - Number.parseInt(b, 10);

/** The same disorder in every run. */
function shuffled<T>(values: readonly T[]): T[] {
  let state = 42;
  const order = [...values];
  for (let index = order.length - 1; index > 0; index -= 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const other = state % (index + 1);
    [order[index], order[other]] = [order[other] as T, order[index] as T];
  }
  return order;
}

function startDying(settings: DyingSettings) {
  return fork(join(ROOT, 'dist/test/programs/dying-consumer.js'), {
    env: { ...process.env, NODE_OPTIONS: '', [DYING_VARIABLE]: JSON.stringify(settings) },
  });
}

function runUntilDead(settings: DyingSettings): Promise<void> {
  const child = startDying(settings);
  return new Promise((resolve) => child.once('exit', () => resolve()));
}
