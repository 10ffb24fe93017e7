/** Reading a stream over AMQP: where to begin, and what one entry is. A stream is read without being emptied, by anybody, from anywhere. */
import type { Channel, ConsumeMessage } from 'amqplib';

/**
 * `first`: the oldest that is kept. `next`: what is published from now on. `at`: the chunk that holds the moment, so at it or a little
 * before. `offset`: that entry, for whoever noted how far it had come.
 */
export type StreamStart = 'first' | 'next' | { readonly at: Date } | { readonly offset: number };

export interface StreamEntry {
  readonly offset: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly content: Buffer;
}

/** Credit: entries that the broker sends ahead of the acknowledgements. */
const PREFETCH = 200;
const MS_PER_SECOND = 1_000;

/** Subscribes; each entry has to be acknowledged, or the stream stops after the first 200. Answers the consumer tag. */
export async function subscribeToStream(
  channel: Channel,
  stream: string,
  start: StreamStart | 'last',
  onMessage: (message: ConsumeMessage | null) => void,
): Promise<string> {
  await channel.prefetch(PREFETCH);
  const { consumerTag } = await channel.consume(stream, onMessage, {
    arguments: { 'x-stream-offset': offsetOf(start) },
  });
  return consumerTag;
}

export function entryOf(message: ConsumeMessage): StreamEntry {
  const { fields, properties, content } = message;
  const headers: Record<string, unknown> = properties.headers ?? {};
  return {
    offset: Number(headers['x-stream-offset']),
    ...{ exchange: fields.exchange, routingKey: fields.routingKey, content },
    messageId: typeof properties.messageId === 'string' ? properties.messageId : '',
  };
}

/** amqplib writes a `!` object as the AMQP type that it names. */
function offsetOf(start: StreamStart | 'last'): unknown {
  if (typeof start === 'string') return start;
  if ('offset' in start) return start.offset;
  return { '!': 'timestamp', value: Math.floor(start.at.getTime() / MS_PER_SECOND) };
}
