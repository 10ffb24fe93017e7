/** Dead letters on the real broker: looked at without being moved, sent back by what they are, and none is lost on the way. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InvariantViolation, Transient } from '@ordo/kernel';
import { DeliveryHeader } from '../consumer/delivery.js';
import { EventConsumer } from '../consumer/event-consumer.js';
import type { EventHandler } from '../handling/event-handler.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { deadLetterQueueOf } from '../topology/queue-plan.rules.js';
import { countBacklogs, lookAtDeadLetters, redriveDeadLetters } from './dead-letters.js';

describe('dead letters', () => {
  let broker: RehearsalBroker;
  let publisher: BroadcastPublisher;
  let dlq: string;

  beforeEach(async () => {
    broker = await RehearsalBroker.open();
    publisher = new BroadcastPublisher({ url: broker.url });
    await publisher.connect();
    dlq = deadLetterQueueOf(broker.queue.name);
  });

  afterEach(async () => {
    await publisher.close();
    await broker.close();
  });

  async function consuming(handler: EventHandler, work: (consumer: EventConsumer) => Promise<void>): Promise<void> {
    const consumer = new EventConsumer({
      ...{ url: broker.url, queue: broker.queue.name, prefetch: 10, handler, maxAttempts: 1 },
    });
    await consumer.start();
    await work(consumer);
    await consumer.stop();
  }

  /** Odd orders break an invariant, even ones find their store away. */
  async function makeLetters(count: number): Promise<void> {
    const handler: EventHandler = async ({ subject }) => {
      if (Number(subject) % 2 === 1) throw new InvariantViolation(`order ${subject} cannot be booked`);
      throw new Transient('NODE_UNAVAILABLE', 'node 1 is away', 10);
    };
    await publisher.publishWindow(broker.events(count));
    await consuming(handler, (consumer) =>
      until(() => consumer.counts.deadLettered === count, 'all to be dead letters'),
    );
    await until(async () => (await broker.depthOf(dlq)) === count, 'all to be in their queue');
  }

  it('are looked at in their order, say why they are there, and stay', async () => {
    await makeLetters(4);
    const first = await lookAtDeadLetters(broker.url, broker.queue.name, 3);
    for (let again = 0; again < 3; again += 1) {
      expect(await lookAtDeadLetters(broker.url, broker.queue.name, 3)).toEqual(first);
    }
    expect(first).toHaveLength(3);
    const odd = first.find(({ event }) => event?.subject === '1');
    expect(odd).toMatchObject({
      ...{ messageId: '1-2', exchange: broker.queue.exchange, routingKey: 'takeout.paid', attempts: 1 },
      ...{ family: 'invariant', code: 'INTERNAL', message: 'order 1 cannot be booked' },
    });
    await until(async () => (await broker.depthOf(dlq)) === 4, 'all four to be back');
  });

  it('go back to their queue by their code, their attempts begin anew, and the others stay', async () => {
    await makeLetters(6);
    const counts = await redriveDeadLetters(broker.url, broker.queue.name, { code: 'NODE_UNAVAILABLE' });
    expect(counts).toEqual({ redriven: 3, left: 3, stopped: undefined });
    const seen: [string, number, string][] = [];
    await consuming(
      async (event, { attempt, routingKey }) => void seen.push([event.subject, attempt, routingKey]),
      (consumer) => until(() => consumer.counts.handled === 3, 'the three to be handled'),
    );
    expect(seen.sort()).toEqual(['2', '4', '6'].map((order) => [order, 1, 'takeout.paid']));
    await until(async () => (await broker.depthOf(dlq)) === 3, 'the others to be there still');
  });

  it('go back one by one by id or by order', async () => {
    await makeLetters(3);
    expect(await redriveDeadLetters(broker.url, broker.queue.name, { messageId: '2-2' })).toMatchObject({
      redriven: 1,
    });
    expect(await redriveDeadLetters(broker.url, broker.queue.name, { orderId: '3' })).toMatchObject({ redriven: 1 });
    await until(async () => (await broker.depthOf(broker.queue.name)) === 2, 'two to be back');
    expect((await lookAtDeadLetters(broker.url, broker.queue.name)).map(({ messageId }) => messageId)).toEqual(['1-2']);
  });

  it('stay dead letters when the queue that they belong to is full: none is lost, none is doubled', async () => {
    const letters = 300; // quorum queues refuse a little late, within a window or two
    const full = await RehearsalBroker.open({
      maxLength: 1,
      deadLetterMaxLength: 1_000,
      bindings: [{ routingKey: 'takeout.never' }],
    });
    const deadLetters = deadLetterQueueOf(full.queue.name);
    const sent = full.events(letters, { exchange: '', routingKey: deadLetters });
    await publisher.publishWindow(sent);
    try {
      const { redriven, left, stopped } = await redriveDeadLetters(full.url, full.queue.name);
      expect(stopped).toContain('refused');
      expect(left).toBe(0);
      const [back, dead] = [await full.drain(full.queue.name), await full.drain(deadLetters)];
      expect(dead).toHaveLength(letters - redriven);
      expect(back).toHaveLength(redriven);
      expect(back.filter((id) => dead.includes(id))).toEqual([]);
      expect(new Set([...back, ...dead]).size).toBe(letters);
    } finally {
      await full.close();
    }
  });

  it('go back in their hundreds, each once, whether all are meant or every second one', async () => {
    const letters = 210;
    const many = await RehearsalBroker.open({ deadLetterMaxLength: 1_000 });
    const deadLetters = deadLetterQueueOf(many.queue.name);
    const sent = many.events(letters, { exchange: '', routingKey: deadLetters });
    const marked = sent.map((event, index) => ({ ...event, headers: { [DeliveryHeader.CODE]: `CODE_${index % 2}` } }));
    await publisher.publishWindow(marked);
    try {
      const first = await redriveDeadLetters(many.url, many.queue.name, { code: 'CODE_1' });
      expect(first).toEqual({ redriven: letters / 2, left: letters / 2, stopped: undefined });
      await until(async () => (await many.depthOf(deadLetters)) === letters / 2, 'the others to be there still');
      const rest = await redriveDeadLetters(many.url, many.queue.name);
      expect(rest).toEqual({ redriven: letters / 2, left: 0, stopped: undefined });
      const back = await many.drain(many.queue.name);
      expect([...back].sort()).toEqual(sent.map(({ messageId }) => messageId).sort());
      expect(await many.drain(deadLetters)).toEqual([]);
    } finally {
      await many.close();
    }
  });

  it('that the broker made carry its reason, and go back with their first address', async () => {
    const limited = await RehearsalBroker.open({ deliveryLimit: 1 });
    limited.channel.publish(limited.queue.exchange, 'takeout.paid', Buffer.from(limited.event('7').body), {
      messageId: '7-2',
    });
    await until(async () => {
      const message = await limited.channel.get(limited.queue.name);
      if (message !== false) limited.channel.nack(message, false, true);
      return (await limited.depthOf(deadLetterQueueOf(limited.queue.name))) === 1;
    }, 'the broker to give up');
    const [letter] = await lookAtDeadLetters(limited.url, limited.queue.name);
    expect(letter).toMatchObject({
      family: 'broker',
      code: 'delivery_limit',
      exchange: limited.queue.exchange,
      routingKey: 'takeout.paid',
    });
    await redriveDeadLetters(limited.url, limited.queue.name);
    const back = await limited.take(limited.queue.name);
    expect(back.properties.headers).toMatchObject({
      'x-ordo-exchange': limited.queue.exchange,
      'x-ordo-routing-key': 'takeout.paid',
    });
    await limited.close();
  });

  it('are counted beside what waits in every queue, and a queue that is missing is said to be', async () => {
    await makeLetters(2);
    await publisher.publishWindow([broker.event('9')]);
    const missing = { ...broker.queue, name: `${broker.queue.exchange}.spec.missing` };
    await until(async () => (await broker.depthOf(broker.queue.name)) === 1, 'one to wait');
    const backlogs = await countBacklogs(broker.url, { ...broker.topology, queues: [broker.queue, missing] });
    expect(backlogs).toEqual([
      { queue: broker.queue.name, owner: 'spec', deadLetters: 2, messages: 1, consumers: 0 },
      { queue: missing.name, owner: 'spec', deadLetters: undefined, messages: undefined, consumers: undefined },
    ]);
  });
});
