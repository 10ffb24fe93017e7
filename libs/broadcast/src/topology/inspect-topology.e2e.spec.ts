/** Drift on the real broker: seen, named, and left alone. Two environments on one broker, kept apart by it. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, rehearsalQueue, until } from '../rehearsal/rehearsal-broker.js';
import { applyTopology, withdrawQueues } from './apply-topology.js';
import { claimOf } from './environment-claim.js';
import { inspectTopology } from './inspect-topology.js';
import { spaced } from './space.rules.js';
import { ForeignEnvironment } from './topology.errors.js';

const SPACE = `s${Date.now().toString(36)}`;

describe('inspectTopology', () => {
  let broker: RehearsalBroker;

  beforeEach(async () => {
    broker = await RehearsalBroker.open();
  });

  afterEach(() => broker.close());

  async function standings(changes = {}): Promise<Record<string, string>> {
    const topology = { ...broker.topology, queues: [{ ...broker.queue, ...changes }] };
    const { findings } = await inspectTopology(broker.url, topology, 'test');
    const visible = findings.filter(({ standing }) => standing !== 'unseen');
    return Object.fromEntries(
      visible.map(({ declared, standing, difference }) => [
        declared.name.replace(broker.queue.exchange, 'x'),
        difference === undefined ? standing : `${standing}: ${difference}`,
      ]),
    );
  }

  it('finds nothing amiss right after an application, and says what is in the queues', async () => {
    broker.channel.sendToQueue(broker.queue.name, Buffer.from('{}'));
    await broker.take(broker.queue.name);
    broker.channel.sendToQueue(broker.queue.name, Buffer.from('{}'));
    await broker.settled();
    const { findings } = await inspectTopology(broker.url, broker.topology, 'test');
    expect(new Set(findings.map(({ standing }) => standing))).toEqual(new Set(['same', 'unseen']));
    expect(findings.find(({ declared }) => declared.name === broker.queue.name)).toMatchObject({
      ...{ messages: 1, consumers: 0 },
    });
  });

  it('names the setting that differs, and changes nothing by looking', async () => {
    const found = await standings({ deliveryLimit: 7 });
    expect(found['x.spec.work']).toMatch(/^differs: .*x-delivery-limit.*received '7' but current is '16'/);
    expect(await standings({ deliveryLimit: 7 })).toEqual(found);
    expect((await standings())['x.spec.work']).toBe('same');
  });

  it('finds a deleted queue missing, and does not make it', async () => {
    await broker.channel.deleteQueue(`${broker.queue.name}.retry.1s`);
    expect((await standings())['x.spec.work.retry.1s']).toBe('missing');
    expect((await standings())['x.spec.work.retry.1s']).toBe('missing');
  });
});

describe('two environments on one virtual host', () => {
  const [ours, theirs] = [SPACE, `${SPACE}x`];
  const files = rehearsalQueue();
  const inSpace = (space: string) => {
    const named = { ...files, name: spaced(space, files.name), exchange: spaced(space, files.exchange) };
    return { space, exchanges: [named.exchange], streams: [], queues: [named] };
  };
  let broker: RehearsalBroker;

  beforeEach(async () => {
    broker = await RehearsalBroker.open();
  });

  afterEach(async () => {
    for (const space of [ours, theirs]) {
      await withdrawQueues(broker.url, inSpace(space));
      await broker.channel.deleteExchange(inSpace(space).exchanges[0] ?? '');
      await broker.channel.deleteExchange(claimOf(space));
    }
    await broker.close();
  });

  it('share no queue: what one publishes, the queues of the other never see', async () => {
    await applyTopology(broker.url, inSpace(ours), { environment: 'test' });
    await applyTopology(broker.url, inSpace(theirs), { environment: 'production' });
    const publisher = new BroadcastPublisher({ url: broker.url, space: ours });
    await publisher.connect();
    expect(await publisher.publishWindow([broker.event('1', { exchange: files.exchange })])).toEqual(['confirmed']);
    await publisher.close();
    await until(async () => (await broker.depthOf(spaced(ours, files.name))) === 1, 'our queue to have it');
    expect(await broker.depthOf(spaced(theirs, files.name))).toBe(0);
  });

  it('cannot share a space: the second is turned away by name, and declares nothing', async () => {
    await applyTopology(broker.url, inSpace(ours), { environment: 'production' });
    const more = { ...inSpace(ours), exchanges: [spaced(ours, 'rehearsal.more')] };
    const failure = await applyTopology(broker.url, more, { environment: 'test' }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ForeignEnvironment);
    expect(String(failure)).toContain('belongs to the environment production, not to test');
    const { claim, findings } = await inspectTopology(broker.url, more, 'test');
    expect(claim).toBeInstanceOf(ForeignEnvironment);
    expect(findings[0]).toMatchObject({ standing: 'missing' });
    await applyTopology(broker.url, inSpace(ours), { environment: 'production' });
  });
});
