/** What each answer of the broker makes of a message, on the real broker. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RehearsalBroker } from '../rehearsal/rehearsal-broker.js';
import { applyTopology } from '../topology/apply-topology.js';
import { BroadcastPublisher } from './broadcast-publisher.js';
import { type OutcomeCounts, PublishOutcome } from './outgoing-event.js';

const { CONFIRMED, RETURNED, REFUSED } = PublishOutcome;

describe('BroadcastPublisher', () => {
  let broker: RehearsalBroker;
  let publisher: BroadcastPublisher;
  let windows: OutcomeCounts[];

  async function open(changes: Parameters<typeof RehearsalBroker.open>[0] = {}): Promise<void> {
    broker = await RehearsalBroker.open(changes);
    publisher = new BroadcastPublisher({ url: broker.url, onWindow: (counts) => windows.push(counts) });
    await publisher.connect();
  }

  beforeEach(() => {
    windows = [];
  });

  afterEach(async () => {
    await publisher.close();
    await broker.close();
  });

  it('confirms every message of a window that reached its queue, once each and persistent', async () => {
    await open();
    const outcomes = await publisher.publishWindow(broker.events(500));
    expect(outcomes).toEqual(new Array(500).fill(CONFIRMED));
    expect(windows).toEqual([{ confirmed: 500, returned: 0, refused: 0, unconfirmed: 0 }]);
    expect(await broker.depthOf(broker.queue.name)).toBe(500);
    const message = await broker.take(broker.queue.name);
    expect(message.properties).toMatchObject({
      deliveryMode: 2,
      contentType: 'application/cloudevents+json',
      messageId: '1-2',
      type: 'ordo.order.paid.v1',
    });
  });

  it('answers in the order of the window, telling a message without a queue from one that is queued', async () => {
    await open();
    const [one, two, three] = broker.events(3);
    const outcomes = await publisher.publishWindow([one!, { ...two!, routingKey: 'takeout.nobody' }, three!]);
    expect(outcomes).toEqual([CONFIRMED, RETURNED, CONFIRMED]);
  });

  it('does not call a message returned because its namesake of another routing key was', async () => {
    await open();
    const event = broker.event('1');
    const outcomes = await publisher.publishWindow([event, { ...event, routingKey: 'takeout.nobody' }]);
    expect(outcomes).toEqual([CONFIRMED, RETURNED]);
  });

  it('reports as refused what a full reject-publish queue does not take', async () => {
    await open({ maxLength: 5 });
    const outcomes = await publisher.publishWindow(broker.events(5));
    expect(outcomes).toEqual(new Array(5).fill(CONFIRMED));
    // The queue tells the channel that it is full a moment after it is: what follows is refused within a few windows.
    let refused = 0;
    for (let window = 0; window < 50 && refused === 0; window += 1) {
      const later = await publisher.publishWindow(broker.events(10));
      refused = later.filter((outcome) => outcome === REFUSED).length;
    }
    expect(refused).toBeGreaterThan(0);
  });

  it('refuses a message that AMQP cannot carry and sends its neighbours', async () => {
    await open();
    const [one, two, three] = broker.events(3);
    const outcomes = await publisher.publishWindow([one!, { ...two!, routingKey: 'x'.repeat(300) }, three!]);
    expect(outcomes).toEqual([CONFIRMED, REFUSED, CONFIRMED]);
  });

  it('keeps overlapping windows apart', async () => {
    await open();
    const unroutable = broker.events(200, { routingKey: 'takeout.nobody' }).map((event, index) => ({
      ...event,
      messageId: `lost-${index}`,
    }));
    const answers = await Promise.all([
      publisher.publishWindow(broker.events(200)),
      publisher.publishWindow(unroutable),
      publisher.publishWindow(broker.events(100)),
    ]);
    expect(answers.map((outcomes) => new Set(outcomes))).toEqual([
      new Set([CONFIRMED]),
      new Set([RETURNED]),
      new Set([CONFIRMED]),
    ]);
  });

  it('sets a broker up before it publishes to it, when it is told how', async () => {
    await open();
    const { url, queue, topology } = broker;
    await broker.channel.deleteQueue(queue.name);
    const prepared = new BroadcastPublisher({ url, prepare: (connection) => applyTopology(connection, topology) });
    await prepared.connect();
    expect(await prepared.publishWindow([broker.event('1')])).toEqual([CONFIRMED]);
    await prepared.close();
  });

  it('confirms what was in flight when it was closed', async () => {
    await open();
    const answer = publisher.publishWindow(broker.events(300));
    await publisher.close();
    expect(new Set(await answer)).toEqual(new Set([CONFIRMED]));
  });
});
