/** What the watch says of queues that fill, stand still, are deserted or are gone. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import type { QueueBacklog } from '../dead-letters/dead-letters.js';
import { rehearsalQueue } from '../rehearsal/rehearsal-broker.js';
import { type QueueReading, QueueWatch } from './queue-watch.js';

const load = { handlerMs: 5, instances: 1, peakPerSecond: 10 };
const queue = rehearsalQueue({ maxLength: 200, load });

function watching(answers: (Partial<QueueBacklog> | Error)[]) {
  const clock = new ManualClock(0);
  const readings: QueueReading[] = [];
  const failures: unknown[] = [];
  const watch = new QueueWatch({
    ...{ url: 'amqp://nowhere', topology: { space: '', exchanges: [], streams: [], queues: [queue] }, clock },
    onReading: (reading) => void readings.push(reading),
    onFailed: (error) => void failures.push(error),
    count: () => {
      const answer = answers.shift();
      if (answer instanceof Error) return Promise.reject(answer);
      const backlog = { queue: queue.name, owner: 'spec', messages: 0, consumers: 1, deadLetters: 0, ...answer };
      return Promise.resolve([backlog]);
    },
  });
  return { watch, clock, readings, failures };
}

describe('the watch over the queues', () => {
  it('says how full a queue is, and for how long it has not been empty', async () => {
    const { watch, clock, readings } = watching([
      { messages: 0 },
      { messages: 50 },
      { messages: 180 },
      { messages: 0 },
    ]);
    for (let look = 0; look < 4; look += 1) {
      await watch.look();
      clock.advance(15_000);
    }
    expect(readings.map(({ fill }) => fill)).toEqual([0, 0.25, 0.9, 0]);
    expect(readings.map(({ waitingMs }) => waitingMs)).toEqual([0, 15_000, 30_000, 0]);
  });

  it('calls a queue deserted that somebody has to consume and nobody does, and one that is gone', async () => {
    const { watch, readings } = watching([
      { consumers: 0 },
      { consumers: 1 },
      { messages: undefined, consumers: undefined, deadLetters: undefined },
    ]);
    for (let look = 0; look < 3; look += 1) await watch.look();
    expect(readings.map(({ isDeserted }) => isDeserted)).toEqual([true, false, true]);
  });

  it('goes on after a broker that did not answer, and forgets nothing of before', async () => {
    const { watch, clock, readings, failures } = watching([{ messages: 0 }, new Error('away'), { messages: 9 }]);
    for (let look = 0; look < 3; look += 1) {
      await watch.look();
      clock.advance(15_000);
    }
    expect(failures).toHaveLength(1);
    expect(readings.map(({ waitingMs }) => waitingMs)).toEqual([0, 30_000]);
  });
});
