/** A delayed binding on the real broker: never early, late by milliseconds, each event once, and delays of two lengths do not wait for each other. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { EventConsumer } from './event-consumer.js';

const EVENTS = 300;
/** A machine that others use; on a quiet one it is some ten milliseconds (`npm run bench -- broadcast`). */
const LATE_MS = 1_000;

describe('a delayed binding', () => {
  let broker: RehearsalBroker;
  let publisher: BroadcastPublisher;
  let consumer: EventConsumer;

  beforeEach(async () => {
    broker = await RehearsalBroker.open({
      bindings: [
        { routingKey: 'takeout.created', delaySeconds: 3 },
        { routingKey: 'takeout.paid', delaySeconds: 1 },
        { routingKey: 'takeout.accepted' },
      ],
    });
    publisher = new BroadcastPublisher({ url: broker.url });
    await publisher.connect();
  });

  afterEach(async () => {
    await consumer.stop();
    await publisher.close();
    await broker.close();
  });

  it('brings every event once and not before its time, whatever longer delay was sent before', async () => {
    const lateness = new Map<number, number[]>();
    const seen = new Set<string>();
    let delay = 0;
    consumer = new EventConsumer({
      ...{ url: broker.url, queue: broker.queue.name, prefetch: 50 },
      handler: async ({ id }, { delaySeconds = 0 }) => {
        seen.add(id);
        lateness.set(delaySeconds, [...(lateness.get(delaySeconds) ?? []), delay]);
      },
      onReceived: ({ latenessMs = 0 }) => {
        delay = latenessMs;
      },
    });
    await consumer.start();
    const keys = ['takeout.created', 'takeout.paid', 'takeout.accepted'];
    for (const [at, routingKey] of keys.entries()) {
      const window = Array.from({ length: EVENTS }, (_, index) =>
        broker.event(String(at * EVENTS + index + 1), { routingKey }),
      );
      expect(new Set(await publisher.publishWindow(window))).toEqual(new Set(['confirmed']));
    }
    await until(() => seen.size === keys.length * EVENTS, 'all to have come');
    for (const [seconds, all] of lateness) {
      const sorted = [...all].sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? 0;
      process.stderr.write(
        `delay of ${seconds} s: ${all.length} events, late by p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, at most ${at(0.9999)} ms\n`,
      );
      expect(all).toHaveLength(EVENTS);
      expect(sorted[0]).toBeGreaterThanOrEqual(0);
      expect(at(0.5)).toBeLessThan(LATE_MS);
    }
    expect([...lateness.keys()].sort()).toEqual([0, 1, 3]);
    expect(consumer.counts.handled).toBe(keys.length * EVENTS);
  });
});
