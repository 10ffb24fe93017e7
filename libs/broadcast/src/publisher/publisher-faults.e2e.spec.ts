/** A broker that is away, cut off in the middle of a window, or silent: no window hangs, none throws, and work goes on after. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { TcpGate } from '../rehearsal/tcp-gate.js';
import { BroadcastPublisher } from './broadcast-publisher.js';
import { countOutcomes, type OutcomeCounts, PublishOutcome } from './outgoing-event.js';

const PUBLISH_TIMEOUT_MS = 400;

describe('BroadcastPublisher before a failing broker', () => {
  let broker: RehearsalBroker;
  let gate: TcpGate;
  let publisher: BroadcastPublisher;
  let connections: number;

  beforeEach(async () => {
    broker = await RehearsalBroker.open();
    gate = await TcpGate.before(broker.url);
    connections = 0;
    publisher = new BroadcastPublisher({
      url: gate.url,
      publishTimeoutMs: PUBLISH_TIMEOUT_MS,
      onConnected: () => {
        connections += 1;
      },
    });
  });

  afterEach(async () => {
    await publisher.close();
    await gate.close();
    await broker.close();
  });

  async function timed(size: number): Promise<{ counts: OutcomeCounts; elapsedMs: number }> {
    const startedMs = performance.now();
    const counts = countOutcomes(await publisher.publishWindow(broker.events(size)));
    return { counts, elapsedMs: performance.now() - startedMs };
  }

  it('leaves a window that is cut in the middle partly unconfirmed, loses nothing that it confirmed, and recovers', async () => {
    await publisher.connect();
    gate.cutAfter(200_000);
    const { counts } = await timed(2_000);
    expect(counts.unconfirmed).toBeGreaterThan(0);
    expect(counts.confirmed + counts.unconfirmed).toBe(2_000);
    gate.heal();
    expect(await publisher.waitUntilConnected(5_000)).toBe(true);
    expect((await timed(100)).counts.confirmed).toBe(100);
    expect(await broker.depthOf(broker.queue.name)).toBeGreaterThanOrEqual(counts.confirmed + 100);
    expect(connections).toBe(2);
  });

  it('gives a silent broker up after the publish timeout, not after the heartbeat', async () => {
    await publisher.connect();
    gate.silence('both');
    const { counts, elapsedMs } = await timed(50);
    expect(counts.unconfirmed).toBe(50);
    expect(elapsedMs).toBeLessThan(PUBLISH_TIMEOUT_MS + 300);
    expect(publisher.isConnected).toBe(false);
    gate.heal();
    expect(await publisher.waitUntilConnected(8_000)).toBe(true);
    expect((await timed(50)).counts.confirmed).toBe(50);
  });

  it('calls messages unconfirmed whose confirms were lost on the way back, although they are in the queue', async () => {
    await publisher.connect();
    gate.silence('downstream');
    expect((await timed(20)).counts.unconfirmed).toBe(20);
    await until(async () => (await broker.depthOf(broker.queue.name)) === 20, 'the messages to be in the queue');
    gate.heal();
    await publisher.waitUntilConnected(8_000);
    expect((await timed(20)).counts.confirmed).toBe(20);
    expect(await broker.depthOf(broker.queue.name)).toBe(40);
  });

  it('answers at once while no broker is there, and connects when one comes', async () => {
    gate.refuseNewConnections();
    const startedMs = performance.now();
    await publisher.connect();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    const { counts, elapsedMs } = await timed(500);
    expect(counts.unconfirmed).toBe(500);
    expect(elapsedMs).toBeLessThan(100);
    gate.heal();
    expect(await publisher.waitUntilConnected(6_000)).toBe(true);
    expect((await timed(1)).counts.confirmed).toBe(1);
  });

  it('does not wait on a broker that accepts connections and never says a word', async () => {
    gate.silence('both');
    const startedMs = performance.now();
    await publisher.connect();
    expect(performance.now() - startedMs).toBeLessThan(2_500);
    expect((await timed(1)).counts.unconfirmed).toBe(1);
    gate.heal();
    expect(await publisher.waitUntilConnected(8_000)).toBe(true);
  });

  it('survives an exchange that does not exist: unconfirmed, and a new channel for the next window', async () => {
    await publisher.connect();
    const outcomes = await publisher.publishWindow([broker.event('1', { exchange: 'rehearsal-nowhere.order' })]);
    expect(outcomes).toEqual([PublishOutcome.UNCONFIRMED]);
    expect(await publisher.waitUntilConnected(5_000)).toBe(true);
    expect((await timed(10)).counts.confirmed).toBe(10);
  });

  it('leaves no connection behind after it was closed', async () => {
    await publisher.connect();
    expect(gate.connections).toBe(1);
    await publisher.close();
    await until(() => gate.connections === 0, 'the connection to end');
    expect((await timed(1)).counts.unconfirmed).toBe(1);
  });
});
