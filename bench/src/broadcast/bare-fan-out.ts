/** The peer: amqplib alone, as its tutorial does it: a confirm channel, windows with waitForConfirms, one channel and prefetch per queue. */
import { applyTopology, withdrawQueues } from '@ordo/broadcast';
import { connect } from 'amqplib';
import { PREFETCH, topologyOf, windowsOf } from './fan-out-events.js';
import type { FanOutJob } from './fan-out-job.js';

const POLL_MS = 2;

/** Milliseconds from the first publish to the last acknowledgement. The queues are declared as for the house: same settings, same broker. */
export async function bareFanOut(url: string, { queues, events }: FanOutJob): Promise<number> {
  const topology = topologyOf(queues);
  const windows = windowsOf(events);
  await applyTopology(url, topology);
  const [sending, receiving] = await Promise.all([connect(url), connect(url)]);
  let acknowledged = 0;
  for (const { name } of topology.queues) {
    const channel = await receiving.createChannel();
    await channel.prefetch(PREFETCH);
    await channel.consume(name, (message) => {
      if (message === null) return;
      JSON.parse(message.content.toString());
      channel.ack(message);
      acknowledged += 1;
    });
  }
  const channel = await sending.createConfirmChannel();
  const startedMs = performance.now();
  for (const window of windows) {
    for (const { exchange, routingKey, body, messageId } of window) {
      channel.publish(exchange, routingKey, Buffer.from(body), { persistent: true, mandatory: true, messageId });
    }
    await channel.waitForConfirms();
  }
  while (acknowledged < queues * events) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  const elapsedMs = performance.now() - startedMs;
  await Promise.all([sending.close(), receiving.close()]);
  await withdrawQueues(url, topology);
  return elapsedMs;
}
