/** What a topology is on the broker, one declaration at a time, in an order in which each finds what it needs. */
import type { Channel, ChannelModel } from 'amqplib';
import { planBindings, planQueues, planStream, type QueueDeclaration } from './queue-plan.rules.js';
import type { Topology } from './topology.js';

export type Declared =
  | { readonly kind: 'exchange'; readonly name: string }
  | { readonly kind: 'queue'; readonly name: string; readonly arguments: QueueDeclaration['arguments'] }
  | { readonly kind: 'binding'; readonly name: string; readonly exchange: string; readonly routingKey: string };

/** Exchanges, then queues, then bindings. */
export function declarationsOf({ exchanges, streams, queues }: Topology): Declared[] {
  const planned = streams.map(planStream);
  return [
    ...exchanges.map((name): Declared => ({ kind: 'exchange', name })),
    ...[...planned.map(({ queue }) => queue), ...queues.flatMap(planQueues)].map(
      (planned): Declared => ({ kind: 'queue', ...planned }),
    ),
    ...[...planned.map(({ binding }) => binding), ...queues.flatMap(planBindings)].map(
      ({ queue, ...route }): Declared => ({ kind: 'binding', name: queue, ...route }),
    ),
  ];
}

/** Safe to repeat. What exists with other settings is refused with 406 and left as it is; the refusal closes the channel. */
export async function declare(channel: Channel, declared: Declared): Promise<void> {
  if (declared.kind === 'exchange') await channel.assertExchange(declared.name, 'topic', { durable: true });
  else if (declared.kind === 'queue')
    await channel.assertQueue(declared.name, { durable: true, arguments: { ...declared.arguments } });
  else await channel.bindQueue(declared.name, declared.exchange, declared.routingKey);
}

/** AMQP reply codes: other settings than asked for; held exclusively by another connection; no such exchange or queue; not allowed. */
const REFUSALS: ReadonlySet<unknown> = new Set([406, 405, 404, 403]);
export const NOT_FOUND = 404;

/** The broker said no to this request, and is well. */
export function isRefusal(cause: unknown): cause is Error & { readonly code: number } {
  return cause instanceof Error && 'code' in cause && REFUSALS.has(cause.code);
}

/** The broker's own sentence, without amqplib's and the protocol's words around it. */
export function refusalText(cause: Error): string {
  return /with message "[A-Z_]+ - (.*)"$/.exec(cause.message)?.[1] ?? cause.message;
}

export async function openChannel(connection: ChannelModel): Promise<Channel> {
  const channel = await connection.createChannel();
  channel.on('error', () => {}); // the failed request carries the same error
  return channel;
}
