/** What becomes of a delivery, on the real broker: done, refused, retried, dead-lettered. */
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { InvariantViolation, Refusal, Transient } from '@ordo/kernel';
import type { EventHandler } from '../handling/event-handler.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import type { OutgoingEvent } from '../publisher/outgoing-event.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { deadLetterQueueOf, retryQueueOf } from '../topology/queue-plan.rules.js';
import { DeliveryHeader } from './delivery.js';
import { EventConsumer, type EventConsumerOptions } from './event-consumer.js';

const quietly: EventHandler = async () => {};

describe('EventConsumer', () => {
  let broker: RehearsalBroker;
  let publisher: BroadcastPublisher;
  let consumers: EventConsumer[];

  async function open(changes: Parameters<typeof RehearsalBroker.open>[0] = {}): Promise<void> {
    broker = await RehearsalBroker.open(changes);
    publisher = new BroadcastPublisher({ url: broker.url });
    consumers = [];
    await publisher.connect();
  }

  async function consume(handler: EventHandler, options: Partial<EventConsumerOptions> = {}): Promise<EventConsumer> {
    const { url, queue } = broker;
    const consumer = new EventConsumer({ url, queue: queue.name, prefetch: 10, handler, ...options });
    consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  async function publish(...events: OutgoingEvent[]): Promise<void> {
    expect(new Set(await publisher.publishWindow(events))).toEqual(new Set(['confirmed']));
  }

  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await publisher.close();
    await broker.close();
  });

  it('hands every event over once, with what it needs to know of its way', async () => {
    await open();
    const handler = jest.fn<EventHandler>(quietly);
    const consumer = await consume(handler);
    await publish(...broker.events(50));
    await until(() => consumer.counts.handled === 50, 'fifty events to be handled');
    expect(new Set(handler.mock.calls.map(([event]) => event.id)).size).toBe(50);
    expect(handler.mock.calls[0]?.[1]).toEqual({
      queue: broker.queue.name,
      exchange: broker.queue.exchange,
      routingKey: 'takeout.paid',
      attempt: 1,
      deliveryCount: 0,
      replayed: false,
      messageId: '1-2',
    });
    expect(consumer.counts).toEqual({ handled: 50, refused: 0, retried: 0, deadLettered: 0, inFlight: 0 });
  });

  it('runs as many handlers at once as its prefetch says, and no more', async () => {
    await open();
    let running = 0;
    let most = 0;
    const consumer = await consume(
      async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
      { prefetch: 3 },
    );
    await publish(...broker.events(100));
    await until(() => consumer.counts.handled === 100, 'a hundred events to be handled');
    expect(most).toBeLessThanOrEqual(3);
    expect(most).toBeGreaterThan(1);
  });

  it('does not come back with an event that the business refused', async () => {
    await open();
    const consumer = await consume(() => Promise.reject(new Refusal('ORDER_NOT_PAYABLE', 'closed')));
    await publish(broker.event('1'));
    await until(() => consumer.counts.refused === 1, 'the refusal');
    await consumer.stop();
    expect(await broker.depthOf(broker.queue.name)).toBe(0);
    expect(await broker.depthOf(deadLetterQueueOf(broker.queue.name))).toBe(0);
  });

  it('tries a transient failure again after the wait of its class, counting attempts and keeping its origin', async () => {
    await open();
    const seen: { attempt: number; exchange: string; routingKey: string; atMs: number }[] = [];
    const consumer = await consume(async (_event, { attempt, exchange, routingKey }) => {
      seen.push({ attempt, exchange, routingKey, atMs: performance.now() });
      if (attempt < 3) throw new Transient('NODE_UNAVAILABLE', 'node 1 is away', 50);
    });
    await publish(broker.event('1'));
    await until(() => consumer.counts.handled === 1, 'the third attempt');
    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(seen.map(({ exchange, routingKey }) => `${exchange} ${routingKey}`))).toEqual(
      new Set([`${broker.queue.exchange} takeout.paid`]),
    );
    expect(seen[1]!.atMs - seen[0]!.atMs).toBeGreaterThanOrEqual(990);
    expect(consumer.counts).toMatchObject({ retried: 2, handled: 1, deadLettered: 0 });
  });

  it('waits in the ten-second queue when the error asks for more than a second', async () => {
    await open();
    const consumer = await consume(() => Promise.reject(new Transient('OVERLOADED', 'later', 4_000)));
    await publish(broker.event('1'));
    await until(() => consumer.counts.retried === 1, 'the retry');
    await until(
      async () => (await broker.depthOf(retryQueueOf(broker.queue.name, 10))) === 1,
      'the copy in the ten-second queue',
    );
  });

  it('dead-letters a bug at once, with its reason and body', async () => {
    await open();
    const consumer = await consume(() => Promise.reject(new InvariantViolation('amounts do not add up')));
    const event = broker.event('1');
    await publish(event);
    const dead = await broker.take(deadLetterQueueOf(broker.queue.name));
    expect(dead.content).toEqual(event.body);
    expect(dead.properties.headers).toMatchObject({
      [DeliveryHeader.FAMILY]: 'invariant',
      [DeliveryHeader.CODE]: 'INTERNAL',
      [DeliveryHeader.MESSAGE]: 'amounts do not add up',
      [DeliveryHeader.ATTEMPT]: 1,
      [DeliveryHeader.QUEUE]: broker.queue.name,
      [DeliveryHeader.EXCHANGE]: broker.queue.exchange,
      [DeliveryHeader.ROUTING_KEY]: 'takeout.paid',
    });
    await until(() => consumer.counts.deadLettered === 1, 'the count');
    await consumer.stop();
    expect(await broker.depthOf(broker.queue.name)).toBe(0);
  });

  it('dead-letters an unreadable message without showing it to the handler', async () => {
    await open();
    const handler = jest.fn<EventHandler>(quietly);
    await consume(handler);
    await publish(broker.event('1', { body: '{"name":"Alice Smith", "phone": oops' }), broker.event('2'));
    const dead = await broker.take(deadLetterQueueOf(broker.queue.name));
    expect(dead.properties.headers?.[DeliveryHeader.CODE]).toBe('UNREADABLE_EVENT');
    expect(JSON.stringify(dead.properties.headers)).not.toContain('Alice');
    await until(() => handler.mock.calls.length === 1, 'the good neighbour');
    expect(handler.mock.calls[0]?.[0].subject).toBe('2');
  });

  it('dead-letters an error without a family after its last attempt, without the text of the error', async () => {
    await open();
    const consumer = await consume(() => Promise.reject(new Error("Duplicate entry 'alice@example.com'")), {
      maxUnknownAttempts: 2,
    });
    await publish(broker.event('1'));
    const dead = await broker.take(deadLetterQueueOf(broker.queue.name));
    expect(dead.properties.headers).toMatchObject({
      [DeliveryHeader.FAMILY]: 'unknown',
      [DeliveryHeader.CODE]: 'Error',
      [DeliveryHeader.ATTEMPT]: 2,
    });
    expect(JSON.stringify(dead.properties.headers)).not.toContain('alice');
    expect(consumer.counts.retried).toBe(1);
  });
});
