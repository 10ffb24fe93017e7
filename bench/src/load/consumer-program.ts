/** An independent consumer: a process of its own with a quorum queue of its own, for the time of one measurement. */
import amqp, { type Channel, type ChannelModel } from 'amqplib';
import { answerJobs } from '../programs/child-program.js';

export type ConsumerJob = 'listen' | 'collect';

const QUEUE = 'ordo.order.bench.delivery';
/** The order app's events; the topology file has the exchange. */
const EXCHANGE = 'ordo.order';
const PREFETCH = 500;
const SETTLE_MS = 500;

let delaysMs: number[] = [];
let connection: ChannelModel | undefined;

async function listen(): Promise<void> {
  connection = await amqp.connect(process.env['ORDO_AMQP_URL'] ?? '');
  const channel: Channel = await connection.createChannel();
  await channel.assertQueue(QUEUE, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.purgeQueue(QUEUE);
  await channel.bindQueue(QUEUE, EXCHANGE, '*.created');
  await channel.prefetch(PREFETCH);
  await channel.consume(QUEUE, (message) => {
    if (message === null) return;
    const receivedAt = performance.timeOrigin + performance.now();
    channel.ack(message);
    const { time } = JSON.parse(message.content.toString()) as { time: string };
    delaysMs.push(receivedAt - Date.parse(time));
  });
}

/** The delays of all that came since `listen`; ends the queue. */
async function collect(): Promise<number[]> {
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  const channel = await connection?.createChannel();
  await channel?.deleteQueue(QUEUE);
  await connection?.close();
  const collected = delaysMs;
  delaysMs = [];
  return collected;
}

answerJobs<ConsumerJob, number[]>(async (job) => {
  if (job === 'collect') return collect();
  await listen();
  return [];
});
