import { type Channel, type ChannelModel, connect } from 'amqplib';
import { withDeadline } from '../connection/deadline.js';
import { planBindings, planQueues } from './queue-plan.rules.js';
import { brokerUnavailable, TopologyMismatch } from './topology.errors.js';
import type { Topology } from './topology.js';

/** A broker in its first second, or one that elects leaders, may take a moment per queue. */
const APPLY_TIMEOUT_MS = 30_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** AMQP reply codes: other settings than asked for; held exclusively by another connection; no such exchange or queue; not allowed. */
const REFUSALS: ReadonlySet<unknown> = new Set([406, 405, 404, 403]);

type Declaration = (channel: Channel) => Promise<unknown>;

/**
 * Declares exchanges, queues and bindings on the broker; safe to repeat. Existing ones with other settings are never changed:
 * throws {@link TopologyMismatch} that names each and, in the broker's words, what differs, after everything else was declared.
 * Throws Transient `BROKER_UNAVAILABLE` if the broker is away. Bindings that the files no longer name are not removed: AMQP cannot list them.
 */
export async function applyTopology(target: string | ChannelModel, topology: Topology): Promise<void> {
  if (typeof target !== 'string') {
    await declareAll(target, topology);
    return;
  }
  await onOwnConnection(target, 'declaring the topology', (connection) => declareAll(connection, topology));
}

/**
 * Deletes the topology's queues, with their retry and dead-letter queues and whatever is in them; its exchanges stay. For queues that
 * live no longer than a demonstration or a test. Safe to repeat. Throws Transient `BROKER_UNAVAILABLE` if the broker is away.
 */
export async function withdrawQueues(url: string, { queues }: Topology): Promise<void> {
  await onOwnConnection(url, 'withdrawing queues', async (connection) => {
    const channel = await openChannel(connection);
    for (const { name } of queues.flatMap(planQueues)) await channel.deleteQueue(name);
    await channel.close();
  });
}

async function onOwnConnection(
  url: string,
  what: string,
  work: (connection: ChannelModel) => Promise<void>,
): Promise<void> {
  const connection = await open(url);
  try {
    await withDeadline(work(connection), APPLY_TIMEOUT_MS, what).catch(asUnavailable);
  } finally {
    await withDeadline(connection.close(), CONNECT_TIMEOUT_MS, 'closing').catch(() => {});
  }
}

async function open(url: string): Promise<ChannelModel> {
  const connecting = connect(url, { timeout: CONNECT_TIMEOUT_MS });
  const connection = await withDeadline(connecting, CONNECT_TIMEOUT_MS + 500, 'connecting', (late) => {
    late.close().catch(() => {});
  }).catch(asUnavailable);
  // The request in flight fails with the same error; without a listener Node would end the process.
  connection.on('error', () => {});
  return connection;
}

function asUnavailable(cause: unknown): never {
  throw cause instanceof TopologyMismatch ? cause : brokerUnavailable(cause);
}

async function declareAll(connection: ChannelModel, topology: Topology): Promise<void> {
  const problems: string[] = [];
  let channel = await openChannel(connection);
  for (const [name, declare] of declarationsOf(topology)) {
    try {
      await declare(channel);
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      problems.push(`${name}: ${cause.message}`);
      channel = await openChannel(connection); // the refusal closed the other
    }
  }
  await channel.close();
  if (problems.length > 0) throw new TopologyMismatch(problems);
}

function declarationsOf({ exchanges, queues }: Topology): [string, Declaration][] {
  return [
    ...exchanges.map((name): [string, Declaration] => [
      name,
      (channel) => channel.assertExchange(name, 'topic', { durable: true }),
    ]),
    ...queues
      .flatMap(planQueues)
      .map((queue): [string, Declaration] => [
        queue.name,
        (channel) => channel.assertQueue(queue.name, { durable: true, arguments: { ...queue.arguments } }),
      ]),
    ...queues
      .flatMap(planBindings)
      .map(({ queue, exchange, routingKey }): [string, Declaration] => [
        `${queue} (binding ${routingKey})`,
        (channel) => channel.bindQueue(queue, exchange, routingKey),
      ]),
  ];
}

async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // the failed request carries the same error
  return channel;
}

function isRefusal(cause: unknown): cause is Error {
  return cause instanceof Error && 'code' in cause && REFUSALS.has(cause.code);
}
