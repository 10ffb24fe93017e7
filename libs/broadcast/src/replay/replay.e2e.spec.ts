/** Replay and reading from the past, on a real stream: exactly what was meant, to one queue only, and nothing counted as read that was not. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InvariantViolation, Transient } from '@ordo/kernel';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { TcpGate } from '../rehearsal/tcp-gate.js';
import { applyTopology } from '../topology/apply-topology.js';
import { streamOf } from '../topology/queue-plan.rules.js';
import type { Topology } from '../topology/topology.js';
import { eventsOfRecord, replayEvents } from './replay-events.js';
import { StreamConsumer } from './stream-consumer.js';

const EARLY = 60;
const LATE = 40;

describe('a stream', () => {
  let broker: RehearsalBroker;
  let topology: Topology;
  let stream: string;
  let between: Date;

  beforeAll(async () => {
    broker = await RehearsalBroker.open();
    stream = streamOf(broker.queue.exchange);
    const definition = { name: stream, exchange: broker.queue.exchange, maxAgeDays: 7, maxBytes: 1_000_000_000 };
    topology = { ...broker.topology, streams: [definition] };
    await applyTopology(broker.url, topology);
    await applyTopology(broker.url, topology);
    const publisher = new BroadcastPublisher({ url: broker.url });
    await publisher.connect();
    await publisher.publishWindow(broker.events(EARLY));
    await publisher.publishWindow([broker.event('3', { routingKey: 'virtual.created' })]);
    await new Promise((resolve) => setTimeout(resolve, 1_100)); // a stream finds moments by the second
    between = new Date();
    const late = Array.from({ length: LATE }, (_, index) => broker.event(String(1_000 + index)));
    await publisher.publishWindow(late);
    await publisher.close();
  });

  beforeEach(() => broker.channel.purgeQueue(broker.queue.name));

  afterAll(async () => {
    await broker.channel.deleteQueue(stream);
    await broker.close();
  });

  const replay = (filter = {}, more = {}) =>
    replayEvents({ url: broker.url, topology, to: broker.queue.name, filter, ratePerSecond: 10_000, ...more });

  it('is replayed whole to one queue: what its bindings let in, under the old ids, marked as replayed', async () => {
    expect(await replay()).toEqual({ read: EARLY + LATE + 1, sent: EARLY + LATE, unheard: 1 });
    await until(async () => (await broker.depthOf(broker.queue.name)) === EARLY + LATE, 'all to be there');
    const { properties } = await broker.take(broker.queue.name);
    expect(properties.messageId).toBe('1-2');
    expect(properties.headers).toMatchObject({
      'x-ordo-exchange': broker.queue.exchange,
      'x-ordo-routing-key': 'takeout.paid',
      'x-ordo-replayed-at': expect.any(String),
    });
  });

  it('is replayed by order, by merchant, and since a moment', async () => {
    expect(await replay({ orderId: '7' })).toMatchObject({ sent: 1 });
    expect(await replay({ merchantId: '10' })).toMatchObject({ sent: 0 });
    expect(await replay({ since: between })).toMatchObject({ sent: LATE });
    expect(await replay({ until: between })).toMatchObject({ sent: EARLY });
    expect(await replay({ since: new Date(Date.now() + 1_000) })).toEqual({ read: 0, sent: 0, unheard: 0 });
  });

  it('is only read by a dry run, which names what it would send', async () => {
    const named: string[] = [];
    const counts = await replay(
      { since: between },
      { dryRun: true, onEvent: ({ id }: { id: string }) => named.push(id) },
    );
    expect([counts.sent, named.length]).toEqual([LATE, LATE]);
    expect(await broker.depthOf(broker.queue.name)).toBe(0);
  });

  it('is not replayed to a queue that no file names', async () => {
    await expect(replay({}, { to: 'somebody.elses.queue' })).rejects.toBeInstanceOf(InvariantViolation);
  });

  it('is replayed no further than half a queue while nobody consumes', async () => {
    const queues = [{ ...broker.queue, maxLength: 20 }];
    const halfway = replayEvents({
      ...{
        url: broker.url,
        topology: { ...topology, queues },
        to: broker.queue.name,
        filter: {},
        ratePerSecond: 10_000,
      },
    });
    await until(async () => (await broker.depthOf(broker.queue.name)) >= 50, 'the first window to be there');
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await broker.depthOf(broker.queue.name)).toBe(50);
    while ((await broker.channel.get(broker.queue.name, { noAck: true })) !== false);
    expect(await halfway).toMatchObject({ sent: EARLY + LATE });
  });

  it('tells the events of one order, as a gap wants them', async () => {
    const found = await eventsOfRecord(broker.url, stream, { record: '1007', from: 2, to: 2, since: between });
    expect(found.map(({ id }) => id)).toEqual(['1007-2']);
    expect(await eventsOfRecord(broker.url, stream, { record: '7', from: 3, to: 5 })).toEqual([]);
  });

  it('is consumed from a moment on, in order, and over a lost connection without a gap or a repeat', async () => {
    const gate = await TcpGate.before(broker.url);
    const seen: number[] = [];
    let failures = 0;
    const consumer = new StreamConsumer({
      ...{ url: gate.url, stream, from: { at: between } },
      handler: async (event, { offset }) => {
        if (Number(event.subject) < 1_000) return; // the chunk of the moment may begin before it
        if (event.subject === '1005' && (failures += 1) === 1) throw new Transient('AWAY', 'away', 10);
        if (event.subject === '1009' && seen.length === 9) gate.cut();
        seen.push(offset);
      },
    });
    await consumer.start();
    await until(() => new Set(seen).size >= LATE, 'all events since then');
    await consumer.stop();
    await gate.close();
    expect(failures).toBe(2);
    expect(seen).toEqual(Array.from({ length: LATE }, (_, index) => EARLY + 1 + index));
  });

  it('gives up an event that cannot be handled, says so, and goes on behind it', async () => {
    const [given, handled]: [string[], string[]] = [[], []];
    const consumer = new StreamConsumer({
      ...{ url: broker.url, stream, from: { offset: EARLY + 1 } },
      handler: async (event) => {
        if (event.subject === '1003') throw new InvariantViolation('poison');
        handled.push(event.subject);
      },
      onGivenUp: ({ messageId }, { code }) => given.push(`${messageId} ${code}`),
    });
    await consumer.start();
    await until(() => handled.length >= LATE - 1, 'all others to be handled');
    await consumer.stop();
    expect(given).toEqual(['1003-2 INTERNAL']);
  });
});
