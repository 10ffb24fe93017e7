/**
 * Two real brokers behind the real relay, and the second one down for long: the first hears everything meanwhile, and the second all of it
 * afterwards, in version order. The first one down, over the whole app: outages.e2e.spec.ts.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { BroadcastPublisher } from '@ordo/broadcast';
import {
  BroadcastSwitches,
  BroadcastSwitchRepository,
  Cluster,
  OutboxRepository,
  type OutboxRow,
  OutboxTable,
  outboxInsert,
  Relay,
  type RelayRecorder,
} from '@ordo/outbox';
import { NODE_SCHEMA, NodePools, Placement } from '@ordo/sharding';
import { aPlaceOrder, aServiceToken, eventually, testStack } from '@ordo/testing';
import { type ChannelModel, connect } from 'amqplib';
import { ordo } from '../harness/operator-command.js';
import { OrderProcess } from '../harness/order-process.js';
import { ROOT } from '../harness/process-log.js';
import { RestClient } from '../harness/rest-client.js';

/** A minute is promised; `npm test` has twenty seconds for it, in which a connection has come to its longest back-off (5 s) and stays there. */
const DOWN_MS = Number(process.env['ORDO_FAULT_AWAY_SECONDS'] ?? 20) * 1_000;
const CASE_MS = 200_000;
/** Orders that are changed once a turn while a cluster is away. */
const ORDERS = 40;
const TURN_MS = 500;
/** Workers look at the switches once a second. */
const SWITCHED_MS = 2_000;
const SCHEMAS = [NODE_SCHEMA, 'ordo_aftersale_node', 'ordo_delivery_node'];
const EXCHANGE = 'spec-clusters.order';
const QUEUE = 'spec-clusters.books';
const run = promisify(execFile);
const silent: RelayRecorder = {
  published: () => undefined,
  projected: () => undefined,
  parked: () => undefined,
  failed: () => undefined,
};

/** One broker with a queue that hears everything, and what came of it. */
class HeardBroker {
  readonly heard: { id: string; atMs: number }[] = [];
  readonly publisher: BroadcastPublisher;
  private connection: ChannelModel | undefined;
  private closing = false;

  constructor(readonly url: string) {
    this.publisher = new BroadcastPublisher({ url, publishTimeoutMs: 1_000 });
  }

  async open(): Promise<void> {
    await this.listen();
    await this.publisher.connect();
  }

  async close(): Promise<void> {
    this.closing = true;
    await this.publisher.close();
    const channel = await this.connection?.createChannel();
    await channel?.deleteQueue(QUEUE);
    await channel?.deleteExchange(EXCHANGE);
    await this.connection?.close();
  }

  private async listen(): Promise<void> {
    const connection = await connect(this.url);
    connection.on('error', () => undefined);
    connection.once('close', () => void this.listenAgain());
    const channel = await connection.createChannel();
    await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
    await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(QUEUE, EXCHANGE, '#');
    await channel.prefetch(500);
    await channel.consume(QUEUE, (message) => {
      if (message === null) return;
      this.heard.push({ id: String(message.properties.messageId), atMs: performance.now() });
      channel.ack(message);
    });
    this.connection = connection;
  }

  private async listenAgain(): Promise<void> {
    while (!this.closing) {
      await pause(200);
      const isBack = await this.listen().then(
        () => true,
        () => false,
      );
      if (isBack) return;
    }
  }
}

describe('two broker clusters', () => {
  const { amqpUrl, mysqlNodes, profile } = testStack();
  const secondProfile = `${profile.slice(0, 12)}-two`;
  let pools: NodePools;
  let first: HeardBroker;
  let second: HeardBroker;
  let switches: BroadcastSwitches;
  let relay: Relay;
  let version = 0;

  const stack = (...words: string[]): Promise<unknown> => {
    // Not the servers of this run: the stack would take the broker that the variables name for the second one.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ORDO_')));
    return run(process.execPath, [join(ROOT, 'scripts/stack.mjs'), ...words, '--profile', secondProfile], { env });
  };

  /** Of every app, because the operator's switch is thrown for all of them. */
  const cleared = async (): Promise<void> => {
    for (const schema of SCHEMAS) {
      const tables = ['outbox', 'outbox_second', 'broadcast_switch'].map((table) => `DELETE FROM ${schema}.${table}`);
      for (const pool of pools.all) await pool.query(tables.join(';'));
    }
  };

  beforeAll(async () => {
    pools = new NodePools([...mysqlNodes]);
    await stack('up', 'rabbitmq');
    const env = JSON.parse(readFileSync(join(ROOT, '.stack', secondProfile, 'env.json'), 'utf8')) as Record<
      string,
      string
    >;
    [first, second] = [new HeardBroker(amqpUrl), new HeardBroker(env['ORDO_AMQP_URL'] ?? '')];
    await Promise.all([first.open(), second.open()]);
    await cleared();
    for (const pool of pools.all) {
      const position = { percent: 100, reason: 'spec', changedBy: 'spec' };
      await new BroadcastSwitchRepository(pool).change(Cluster.SECOND, position);
    }
    switches = new BroadcastSwitches({ pools: pools.all });
    const app = {
      project: () => Promise.resolve(),
      eventOf: ({ orderId, version: at, type }: OutboxRow) => ({
        ...{
          exchange: EXCHANGE,
          routingKey: `takeout.${type.split('.')[1]}`,
          messageId: `${orderId}-${at}`,
          body: '{}',
        },
      }),
    };
    relay = new Relay(pools, new Placement(2), app, first.publisher, silent, {
      ...{ switches, second: { publisher: second.publisher, recorder: silent } },
    });
    switches.start();
    relay.start();
  }, CASE_MS);

  afterAll(async () => {
    await relay?.stop();
    await switches?.stop();
    await cleared();
    await Promise.all([first?.close(), second?.close()]);
    await pools.close();
    await stack('down');
  }, CASE_MS);

  /** One more version of every order. */
  async function turn(): Promise<void> {
    version += 1;
    const inserts = Array.from({ length: ORDERS }, (_, index) =>
      outboxInsert({
        ...{
          orderId: String(910_000 + index),
          version,
          userShard: (index % 6) * 20,
          merchantShard: 1,
          type: 'order.paid',
        },
        ...{ occurredAt: Date.now(), traceParent: null, payload: '{}' },
      }),
    );
    await pools.at(0).query(`${inserts[0]?.into} VALUES ${inserts.map(({ row }) => row).join(',')}`);
    relay.nudge(0);
  }

  async function turnsFor(ms: number): Promise<void> {
    const endsMs = performance.now() + ms;
    while (performance.now() < endsMs) {
      await turn();
      await pause(TURN_MS);
    }
  }

  const waitingFor = async (table: OutboxTable): Promise<number> => {
    const { ready, parked, projected } = await new OutboxRepository(pools.at(0), NODE_SCHEMA, table).depth();
    return ready + parked + projected;
  };

  const caughtUp = (): Promise<unknown> =>
    eventually(
      async () => (await waitingFor(OutboxTable.FIRST)) + (await waitingFor(OutboxTable.SECOND)) === 0,
      'both outboxes are empty',
      60_000,
    );

  const hearsAll = ({ heard }: HeardBroker): Promise<unknown> =>
    eventually(() => new Set(heard.map(({ id }) => id)).size === ORDERS * version, 'everything has been heard', 30_000);

  /** In version order, repeats aside; every version of every order. */
  function booksOf(name: string, { heard }: HeardBroker): { lost: number; repeated: number; disordered: number } {
    const versions = new Map<string, number[]>();
    for (const { id } of heard) {
      const [order = '', at = ''] = id.split('-');
      const seen = versions.get(order) ?? [];
      if (!seen.includes(Number(at))) versions.set(order, [...seen, Number(at)]);
    }
    const distinct = [...versions.values()].flat().length;
    const disordered = [...versions.values()].filter((seen) => seen.some((at, index) => at !== index + 1)).length;
    const books = { lost: ORDERS * version - distinct, repeated: heard.length - distinct, disordered };
    console.log(
      `${name}: ${ORDERS * version} attempted, ${distinct} acknowledged, ${books.lost} lost, ${books.repeated} repeated, ${disordered} orders out of order`,
    );
    return books;
  }

  const SOUND = { lost: 0, disordered: 0 };

  it(
    'do not wait for each other: the second is down for long, the first hears everything at once, the second all of it afterwards',
    async () => {
      await turn();
      await caughtUp();
      await eventually(
        () => first.heard.length >= ORDERS && second.heard.length >= ORDERS,
        'both hear the first version',
      );
      await stack('stop', 'rabbitmq');
      const downAtMs = performance.now();
      await turnsFor(DOWN_MS);
      await eventually(async () => (await waitingFor(OutboxTable.FIRST)) === 0, 'nothing waits for the first', 5_000);
      const waiting = await waitingFor(OutboxTable.SECOND);
      expect(waiting).toBeGreaterThanOrEqual(ORDERS * (version - 2));
      const downMs = performance.now() - downAtMs;
      await stack('start', 'rabbitmq');
      await caughtUp();
      await hearsAll(second);
      console.log(
        `the second cluster was down for ${(downMs / 1000).toFixed(1)} s; ${waiting} events waited for it, none for the first`,
      );
      expect(booksOf('one of two clusters down (the first, which was up)', first)).toMatchObject(SOUND);
      expect(booksOf('one of two clusters down (the second, which was down)', second)).toMatchObject(SOUND);
    },
    CASE_MS,
  );

  it(
    'are told by the app as the operator says: a ramp, a pause and a resumption reach a running worker, and its metrics tell',
    async () => {
      await relay.stop();
      await cleared();
      const [worker, api] = await Promise.all([
        OrderProcess.start({ roles: 'worker', environment: { ORDO_AMQP_SECOND_URL: second.url } }),
        OrderProcess.start({ roles: 'api' }),
      ]);
      try {
        const client = new RestClient(api.url, await aServiceToken());
        const toldSecond = async (): Promise<number> =>
          metricOf(worker, 'ordo_second_publish_total{outcome="confirmed"}');
        const waits = async (): Promise<number> => waitingOn(OutboxTable.SECOND);
        const place = async (): Promise<void> => {
          for (let count = 0; count < 10; count += 1) await client.placed(aPlaceOrder());
        };
        await place();
        expect(await toldSecond()).toBe(0);
        expect((await ordo('broadcast', 'ramp', '--percent', '100')).code).toBe(0);
        await pause(SWITCHED_MS);
        await place();
        await eventually(
          async () => (await toldSecond()) === 10,
          'the second cluster hears what is placed from now on',
        );
        expect((await ordo('broadcast', 'pause', 'second', '--reason', 'a spec')).code).toBe(0);
        await pause(SWITCHED_MS);
        await place();
        await eventually(async () => (await waits()) === 10, 'ten wait for the second cluster');
        const { lines } = await ordo('broadcast', 'status');
        expect(lines.filter((line) => line.includes('PAUSED') && line.includes('a spec')).length).toBeGreaterThan(0);
        expect(await metricOf(worker, 'ordo_broadcast_paused{node="node-0",cluster="second"}')).toBe(1);
        expect((await ordo('broadcast', 'resume', 'second')).code).toBe(0);
        await eventually(async () => (await toldSecond()) === 20 && (await waits()) === 0, 'what waited is told');
        // Nobody consumes the refunds' queue here, and somebody has to.
        const deserted = 'ordo_queue_deserted{queue="ordo.order.aftersale.refunds",owner="aftersale"}';
        expect(await metricOf(worker, deserted)).toBe(1);
        expect(await metricOf(worker, 'ordo_events_unheard_total{event="ordo.order takeout.created"}')).toBe(30);
        await speaksToTheSecond();
      } finally {
        await Promise.all([worker.stop(), api.stop()]);
      }
    },
    CASE_MS,
  );

  /** Its stream has what it was told, its queues are as the files say, and a third is not taken for either. */
  async function speaksToTheSecond(): Promise<void> {
    const replay = ['events', 'replay', '--to', 'ordo.order.aftersale.refunds', '--since', '1h', '--dry-run'];
    expect((await ordo('topology', 'diff', '--cluster', 'second')).complaint).toContain('ORDO_AMQP_SECOND_URL');
    process.env['ORDO_AMQP_SECOND_URL'] = second.url;
    try {
      expect((await ordo(...replay, '--cluster', 'second')).lines.at(-1)).toMatch(/^read 20: 0 would go/);
      expect((await ordo(...replay)).lines.at(-1)).not.toMatch(/^read 20:/);
      expect(await ordo('topology', 'diff', '--cluster', 'second')).toMatchObject({ code: 0 });
      expect(await ordo('dlq', 'list', '--cluster', 'second')).toMatchObject({ code: 0, complaint: '' });
      const third = await ordo('dlq', 'list', '--cluster', 'third');
      expect([third.code, third.complaint]).toEqual([1, expect.stringContaining('[INVALID_ARGUMENT]')]);
    } finally {
      delete process.env['ORDO_AMQP_SECOND_URL'];
    }
  }

  const waitingOn = async (table: OutboxTable): Promise<number> => {
    const depths = await Promise.all(pools.all.map((pool) => new OutboxRepository(pool, NODE_SCHEMA, table).depth()));
    return depths.reduce((sum, { ready, parked, projected }) => sum + ready + parked + projected, 0);
  };
});

/** A value of the process's metrics; 0 for one that it does not show. */
async function metricOf({ url }: OrderProcess, sample: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${sample} `));
  return Number(line?.slice(sample.length + 1) ?? 0);
}
