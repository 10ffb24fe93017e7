/** Consumers that die, brokers that cut them off, and queues that are full: no event is lost, and effects happen once. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { InvariantViolation } from '@ordo/kernel';
import type { EventHandler } from '../handling/event-handler.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { TcpGate } from '../rehearsal/tcp-gate.js';
import { deadLetterQueueOf } from '../topology/queue-plan.rules.js';
import { DeliveryHeader } from './delivery.js';
import { EventConsumer, type EventConsumerOptions } from './event-consumer.js';

/** A door that handlers wait at until the test opens it. */
function makeDoor(): { opened: Promise<void>; open: () => void } {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe('EventConsumer under faults', () => {
  let broker: RehearsalBroker;
  let gate: TcpGate;
  let publisher: BroadcastPublisher;
  let consumers: EventConsumer[];

  beforeEach(async () => {
    broker = await RehearsalBroker.open({ deliveryLimit: 3, deadLetterMaxLength: 1 });
    gate = await TcpGate.before(broker.url);
    publisher = new BroadcastPublisher({ url: broker.url });
    consumers = [];
    await publisher.connect();
  });

  afterEach(async () => {
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await publisher.close();
    await gate.close();
    await broker.close();
  });

  async function consume(handler: EventHandler, options: Partial<EventConsumerOptions> = {}): Promise<EventConsumer> {
    const { url, queue } = broker;
    const common = { queue: queue.name, prefetch: 10, deliveryLimit: 3, stopTimeoutMs: 500 };
    const consumer = new EventConsumer({ url, ...common, handler, ...options });
    consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  it('gives an event to another consumer when the first was cut off in the middle of its handler', async () => {
    const door = makeDoor();
    const cutOff = await consume(() => door.opened, { url: gate.url });
    await publisher.publishWindow([broker.event('1')]);
    await until(() => cutOff.counts.inFlight === 1, 'the first handler to hold the event');
    const handler = jest.fn<EventHandler>(async () => {});
    const other = await consume(handler);
    gate.refuseNewConnections();
    gate.cut();
    await until(() => other.counts.handled === 1, 'the other consumer to handle it');
    expect(handler.mock.calls[0]?.[1]).toMatchObject({ deliveryCount: 1, attempt: 1 });
    door.open();
    await until(() => cutOff.counts.inFlight === 0, 'the first handler to end');
    expect(cutOff.counts.handled).toBe(0);
  });

  it('subscribes again by itself after its connection was cut', async () => {
    const consumer = await consume(async () => {}, { url: gate.url });
    gate.cut();
    await until(() => !consumer.isSubscribed, 'the loss to be noticed');
    await publisher.publishWindow(broker.events(20));
    await until(() => consumer.counts.handled === 20, 'the events of after the cut');
  });

  it('subscribes again after its queue was deleted and declared anew', async () => {
    const consumer = await consume(async () => {});
    await broker.channel.deleteQueue(broker.queue.name);
    await until(() => !consumer.isSubscribed, 'the cancellation to be noticed');
    const again = new BroadcastPublisher({
      url: broker.url,
      prepare: async (connection) => {
        const { applyTopology } = await import('../topology/apply-topology.js');
        await applyTopology(connection, broker.topology);
      },
    });
    await again.connect();
    await again.publishWindow([broker.event('1')]);
    await again.close();
    await until(() => consumer.counts.handled === 1, 'the event of after the new declaration');
  });

  it('finishes and acknowledges what is in hand before it stops, and takes no more', async () => {
    const door = makeDoor();
    const consumer = await consume(() => door.opened, { prefetch: 2, stopTimeoutMs: 5_000 });
    await publisher.publishWindow(broker.events(5));
    await until(() => consumer.counts.inFlight === 2, 'two handlers to be running');
    const stopped = consumer.stop();
    door.open();
    await stopped;
    expect(consumer.counts).toMatchObject({ handled: 2, inFlight: 0 });
    await until(async () => (await broker.depthOf(broker.queue.name)) === 3, 'the other three to be in the queue');
  });

  it.each([20, 500])('stops without a repeat of what it handled, with %i in hand', async (prefetch) => {
    const handled: string[] = [];
    const consumer = await consume(async ({ id }) => void handled.push(id), { prefetch });
    await publisher.publishWindow(broker.events(1_000));
    await until(() => handled.length >= 500, 'half of them to be handled');
    await consumer.stop();
    const left = await broker.drain(broker.queue.name);
    expect(left.filter((id) => handled.includes(id))).toEqual([]);
    expect(new Set([...left, ...handled]).size).toBe(1_000);
  });

  it('stops in time although a handler hangs, and the event goes back to the queue', async () => {
    const door = makeDoor();
    const consumer = await consume(() => door.opened);
    await publisher.publishWindow([broker.event('1')]);
    await until(() => consumer.counts.inFlight === 1, 'the handler to hold the event');
    const startedMs = performance.now();
    await consumer.stop();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
    await until(async () => (await broker.depthOf(broker.queue.name)) === 1, 'the event to be back');
    door.open();
  });

  it('keeps a poisoned event in hand while the dead-letter queue is full, and lets go when there is room', async () => {
    const consumer = await consume(() => Promise.reject(new InvariantViolation('poison')));
    const deadLetters = deadLetterQueueOf(broker.queue.name);
    await publisher.publishWindow(broker.events(8));
    const seen = new Set<unknown>();
    while (seen.size < 8) seen.add((await broker.take(deadLetters)).properties.messageId);
    await until(() => consumer.counts.inFlight === 0, 'nothing to be in hand');
    expect(seen.size).toBe(8);
  });

  it('dead-letters an event that ended its consumers as often as the queue allows, without another attempt', async () => {
    await publisher.publishWindow([broker.event('1')]);
    for (let killed = 0; killed < 3; killed += 1) {
      let taken = await broker.channel.get(broker.queue.name);
      await until(async () => {
        taken = taken === false ? await broker.channel.get(broker.queue.name) : taken;
        return taken !== false;
      }, 'the event to come again');
      if (taken !== false) broker.channel.nack(taken, false, true);
    }
    const handler = jest.fn<EventHandler>(async () => {});
    await consume(handler);
    const dead = await broker.take(deadLetterQueueOf(broker.queue.name));
    expect(dead.properties.headers?.[DeliveryHeader.CODE]).toBe('DELIVERY_LIMIT');
    expect(handler).not.toHaveBeenCalled();
  });
});
