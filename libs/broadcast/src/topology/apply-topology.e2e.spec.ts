/** Declaring on the real broker: repeatable, never a silent repair, and what the files say is what messages meet. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { applyTopology } from './apply-topology.js';
import { deadLetterQueueOf, delayQueueOf } from './queue-plan.rules.js';
import { TopologyMismatch } from './topology.errors.js';
import { OverflowPolicy, type QueueDefinition } from './topology.js';

const DELAY_SECONDS = 1;

describe('applyTopology', () => {
  let broker: RehearsalBroker;

  beforeEach(async () => {
    broker = await RehearsalBroker.open({
      bindings: [{ routingKey: 'takeout.paid' }, { routingKey: 'takeout.created', delaySeconds: DELAY_SECONDS }],
      deliveryLimit: 2,
    });
  });

  afterEach(() => broker.close());

  const changed = (changes: Partial<QueueDefinition>) => ({
    ...broker.topology,
    queues: [{ ...broker.queue, ...changes }],
  });

  it('may be applied again and again', async () => {
    await applyTopology(broker.url, broker.topology);
    await expect(applyTopology(broker.url, broker.topology)).resolves.toBeUndefined();
  });

  it('names the queue and what differs, and leaves both queue and messages as they are', async () => {
    broker.channel.publish(broker.queue.exchange, 'takeout.paid', Buffer.from('{}'));
    const failure = await applyTopology(broker.url, changed({ deliveryLimit: 7 })).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TopologyMismatch);
    expect(String(failure)).toContain(broker.queue.name);
    expect(String(failure)).toMatch(/x-delivery-limit.*received '7' but current is '2'/);
    await until(async () => (await broker.depthOf(broker.queue.name)) === 1, 'the message to be there');
    await expect(applyTopology(broker.url, broker.topology)).resolves.toBeUndefined();
  });

  it('reports every queue that differs in one go, and declares what does not', async () => {
    const other = {
      ...broker.queue,
      name: `${broker.queue.exchange}.spec.later`,
      bindings: [{ routingKey: 'takeout.late' }],
    };
    const topology = { ...broker.topology, queues: [{ ...broker.queue, maxLength: 9, deadLetterMaxLength: 9 }, other] };
    const failure = await applyTopology(broker.url, topology).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TopologyMismatch);
    if (!(failure instanceof TopologyMismatch)) return;
    expect(failure.details.problems).toHaveLength(6); // work, dead-letter, three retry queues, one delay queue
    expect(await broker.depthOf(other.name)).toBe(0);
    for (const suffix of ['', '.dlq', '.retry.1s', '.retry.10s', '.retry.60s']) {
      await broker.channel.deleteQueue(`${other.name}${suffix}`);
    }
  });

  it('says that the broker is away in a way that can be tried again', async () => {
    await expect(applyTopology('amqp://127.0.0.1:1', broker.topology)).rejects.toBeInstanceOf(Transient);
  });

  it('holds a message of a delayed binding back for its time', async () => {
    const sentMs = performance.now();
    broker.channel.publish(broker.queue.exchange, 'takeout.created', Buffer.from('{}'));
    await until(async () => (await broker.depthOf(delayQueueOf(broker.queue.name, DELAY_SECONDS))) === 1, 'it to wait');
    expect(await broker.depthOf(broker.queue.name)).toBe(0);
    await broker.take(broker.queue.name);
    expect(performance.now() - sentMs).toBeGreaterThanOrEqual(DELAY_SECONDS * 1_000 - 20);
  });

  it('lets the broker dead-letter what was given back past the delivery limit', async () => {
    broker.channel.publish(broker.queue.exchange, 'takeout.paid', Buffer.from('{}'), { messageId: 'poison' });
    const deadLetters = deadLetterQueueOf(broker.queue.name);
    await until(async () => {
      const message = await broker.channel.get(broker.queue.name);
      if (message !== false) broker.channel.nack(message, false, true);
      return (await broker.depthOf(deadLetters)) === 1;
    }, 'the message to be dead-lettered');
    expect((await broker.take(deadLetters)).properties.messageId).toBe('poison');
  });

  it('drops the oldest of a full drop-head queue without filling the dead-letter queue', async () => {
    const small = await RehearsalBroker.open({
      maxLength: 3,
      overflow: OverflowPolicy.DROP_HEAD,
      deadLettering: 'consumer',
    });
    for (let index = 1; index <= 9; index += 1) {
      small.channel.publish(small.queue.exchange, 'takeout.paid', Buffer.from('{}'), { messageId: String(index) });
    }
    await until(async () => (await small.depthOf(small.queue.name)) === 3, 'the queue to hold its three');
    const kept = [
      await small.take(small.queue.name),
      await small.take(small.queue.name),
      await small.take(small.queue.name),
    ];
    expect(kept.map(({ properties }) => properties.messageId)).toEqual(['7', '8', '9']);
    expect(await small.depthOf(deadLetterQueueOf(small.queue.name))).toBe(0);
    await small.close();
  });
});
