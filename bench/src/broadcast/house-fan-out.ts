/** The house's side: BroadcastPublisher, and an EventConsumer for each queue. */
import {
  applyTopology,
  BroadcastPublisher,
  EventConsumer,
  type ReceiptFacts,
  type Topology,
  withdrawQueues,
} from '@ordo/broadcast';
import { eventOf, PREFETCH, topologyOf, windowsOf } from './fan-out-events.js';
import type { FanOutAnswer, FanOutJob } from './fan-out-job.js';

const WAIT_MS = 60_000;
/** Paced, because lateness is asked of a queue that keeps up. */
const PACE_MS = 20;
const PACED_WINDOW = 20;

interface Side {
  readonly publisher: BroadcastPublisher;
  readonly handled: () => number;
}

/** Milliseconds from the first publish to the last acknowledgement. */
export function houseFanOut(url: string, { queues, events }: FanOutJob): Promise<number> {
  const windows = windowsOf(events);
  return onBroker(url, topologyOf(queues), undefined, async ({ publisher, handled }) => {
    const startedMs = performance.now();
    for (const window of windows) await confirmed(publisher, window);
    await until(() => handled() >= queues * events);
    return performance.now() - startedMs;
  });
}

export async function delayedFanOut(url: string, { queues, events, delaySeconds }: FanOutJob): Promise<FanOutAnswer> {
  const latenessMs: number[] = [];
  const onReceived = ({ latenessMs: late }: ReceiptFacts): void => void (late !== undefined && latenessMs.push(late));
  const elapsedMs = await onBroker(
    url,
    topologyOf(queues, delaySeconds),
    onReceived,
    async ({ publisher, handled }) => {
      const startedMs = performance.now();
      for (let sent = 0; sent < events; sent += PACED_WINDOW) {
        await confirmed(
          publisher,
          Array.from({ length: PACED_WINDOW }, (_, index) => eventOf(String(sent + index + 1))),
        );
        await new Promise((resolve) => setTimeout(resolve, PACE_MS));
      }
      await until(() => handled() >= queues * events);
      return performance.now() - startedMs;
    },
  );
  return { perSec: (queues * events * 1_000) / elapsedMs, elapsedMs, latenessMs };
}

async function onBroker(
  url: string,
  topology: Topology,
  onReceived: ((facts: ReceiptFacts) => void) | undefined,
  work: (side: Side) => Promise<number>,
): Promise<number> {
  await applyTopology(url, topology);
  const publisher = new BroadcastPublisher({ url });
  const consumers = topology.queues.map(
    ({ name: queue }) =>
      new EventConsumer({
        ...{ url, queue, prefetch: PREFETCH, handler: async () => undefined },
        ...(onReceived === undefined ? {} : { onReceived }),
      }),
  );
  await Promise.all([publisher.connect(), ...consumers.map((consumer) => consumer.start())]);
  await until(() => consumers.every((consumer) => consumer.isSubscribed));
  try {
    return await work({ publisher, handled: () => consumers.reduce((sum, { counts }) => sum + counts.handled, 0) });
  } finally {
    await Promise.all([publisher.close(), ...consumers.map((consumer) => consumer.stop())]);
    await withdrawQueues(url, topology);
  }
}

async function confirmed(
  publisher: BroadcastPublisher,
  window: Parameters<BroadcastPublisher['publishWindow']>[0],
): Promise<void> {
  const outcomes = await publisher.publishWindow(window);
  if (outcomes.some((outcome) => outcome !== 'confirmed')) throw new Error('a window was not confirmed');
}

async function until(fact: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + WAIT_MS;
  while (!fact()) {
    if (performance.now() > giveUpMs) throw new Error('a fan-out did not end');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
