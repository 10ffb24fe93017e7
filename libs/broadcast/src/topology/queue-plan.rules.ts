import { DeadLettering, OverflowPolicy, type QueueDefinition, type StreamDefinition } from './topology.js';

/**
 * Deliveries of a dead letter, which are an operator's looks at it. Said explicitly: RabbitMQ 4 has a default of 20, and would drop
 * what was looked at once too often.
 */
const DEAD_LETTER_DELIVERY_LIMIT = 1_000_000;
/** A stream forgets whole segments only: with the broker's 500 MB a quiet exchange would keep months. */
const STREAM_SEGMENT_BYTES = 100_000_000;
/** A delay's queue holds a busy minute and a half for every minute of its delay. */
const DELAY_HEADROOM = 1.5;

/** The waits that a retry can have. One queue each: within a queue messages expire in order, so waits must not be mixed. */
export const RETRY_DELAYS_SECONDS = [1, 10, 60] as const;
export type RetryDelaySeconds = (typeof RETRY_DELAYS_SECONDS)[number];

export interface QueueDeclaration {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number>>;
}

export interface BindingDeclaration {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
}

export function deadLetterQueueOf(queue: string): string {
  return `${queue}.dlq`;
}

export function retryQueueOf(queue: string, delaySeconds: RetryDelaySeconds): string {
  return `${queue}.retry.${delaySeconds}s`;
}

export function delayQueueOf(queue: string, delaySeconds: number): string {
  return `${queue}.delay.${delaySeconds}s`;
}

export function streamOf(exchange: string): string {
  return `${exchange}.stream`;
}

/** The stream and the binding that makes every event routable: the relay publishes with mandatory (ADR 22). */
export function planStream(stream: StreamDefinition): { queue: QueueDeclaration; binding: BindingDeclaration } {
  const { name, exchange, maxAgeDays, maxBytes } = stream;
  return {
    queue: {
      name,
      arguments: {
        ...{ 'x-queue-type': 'stream', 'x-max-age': `${maxAgeDays}D`, 'x-max-length-bytes': maxBytes },
        'x-stream-max-segment-size-bytes': STREAM_SEGMENT_BYTES,
      },
    },
    binding: { queue: name, exchange, routingKey: '#' },
  };
}

/** Seconds of the delay whose queue this is; undefined for every other queue. */
export function delayOfQueue(queue: string): number | undefined {
  const seconds = /\.delay\.([0-9]+)s$/.exec(queue)?.[1];
  return seconds === undefined ? undefined : Number(seconds);
}

/** All queues that one work queue needs, itself last: a queue is declared after those that it dead-letters to. */
export function planQueues(queue: QueueDefinition): QueueDeclaration[] {
  const delays = new Set(
    queue.bindings.flatMap(({ delaySeconds }) => (delaySeconds === undefined ? [] : [delaySeconds])),
  );
  return [
    planDeadLetterQueue(queue),
    planWorkQueue(queue),
    ...(queue.retry ? RETRY_DELAYS_SECONDS.map((delaySeconds) => planRetryQueue(queue, delaySeconds)) : []),
    ...[...delays].map((delaySeconds) => planDelayQueue(queue, delaySeconds)),
  ];
}

export function planBindings(queue: QueueDefinition): BindingDeclaration[] {
  return queue.bindings.map(({ routingKey, delaySeconds }) => ({
    queue: delaySeconds === undefined ? queue.name : delayQueueOf(queue.name, delaySeconds),
    exchange: queue.exchange,
    routingKey,
  }));
}

function planWorkQueue(queue: QueueDefinition): QueueDeclaration {
  return {
    name: queue.name,
    arguments: {
      ...bounded(queue.maxLength, queue.overflow),
      'x-delivery-limit': queue.deliveryLimit,
      ...(queue.deadLettering === DeadLettering.BROKER
        ? deadLetterTo(deadLetterQueueOf(queue.name), queue.overflow)
        : {}),
    },
  };
}

/** Full means stop, not lose: the consumer keeps its message in hand until there is room again. */
function planDeadLetterQueue(queue: QueueDefinition): QueueDeclaration {
  return {
    name: deadLetterQueueOf(queue.name),
    arguments: {
      ...bounded(queue.deadLetterMaxLength, OverflowPolicy.REJECT_PUBLISH),
      'x-delivery-limit': DEAD_LETTER_DELIVERY_LIMIT,
    },
  };
}

function planRetryQueue(queue: QueueDefinition, delaySeconds: RetryDelaySeconds): QueueDeclaration {
  return {
    name: retryQueueOf(queue.name, delaySeconds),
    arguments: waiting(queue, delaySeconds, queue.maxLength, OverflowPolicy.REJECT_PUBLISH),
  };
}

function planDelayQueue(queue: QueueDefinition, delaySeconds: number): QueueDeclaration {
  const maxLength = Math.max(queue.maxLength, lengthOfDelay(queue, delaySeconds));
  return {
    name: delayQueueOf(queue.name, delaySeconds),
    arguments: waiting(queue, delaySeconds, maxLength, queue.overflow),
  };
}

/** What arrives during the delay lies in its queue: 15 minutes at 80/s are 72,000 messages, whatever the work queue may hold. */
function lengthOfDelay({ load }: QueueDefinition, delaySeconds: number): number {
  return load === undefined ? 0 : Math.ceil(load.peakPerSecond * delaySeconds * DELAY_HEADROOM);
}

function waiting(
  queue: QueueDefinition,
  delaySeconds: number,
  maxLength: number,
  overflow: OverflowPolicy,
): QueueDeclaration['arguments'] {
  return {
    ...bounded(maxLength, overflow),
    'x-message-ttl': delaySeconds * 1_000,
    ...deadLetterTo(queue.name, overflow),
  };
}

function bounded(maxLength: number, overflow: OverflowPolicy): QueueDeclaration['arguments'] {
  return { 'x-queue-type': 'quorum', 'x-max-length': maxLength, 'x-overflow': overflow };
}

/** At-least-once keeps the message until the target confirmed it; RabbitMQ allows it only beside `reject-publish`. */
function deadLetterTo(target: string, overflow: OverflowPolicy): QueueDeclaration['arguments'] {
  return {
    'x-dead-letter-exchange': '',
    'x-dead-letter-routing-key': target,
    ...(overflow === OverflowPolicy.REJECT_PUBLISH ? { 'x-dead-letter-strategy': 'at-least-once' } : {}),
  };
}
