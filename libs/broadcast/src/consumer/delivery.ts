import { randomUUID } from 'node:crypto';
import type { ConsumeMessage, GetMessage, Message } from 'amqplib';
import type { OutgoingEvent } from '../publisher/outgoing-event.js';
import { deadLetterQueueOf, delayOfQueue, type RetryDelaySeconds, retryQueueOf } from '../topology/queue-plan.rules.js';
import type { FailureFacts } from './delivery.rules.js';

/** Headers of copies in retry and dead-letter queues. An operator's redrive keeps them or drops `x-ordo-attempt` to start anew. */
export const DeliveryHeader = {
  ATTEMPT: 'x-ordo-attempt',
  QUEUE: 'x-ordo-queue',
  EXCHANGE: 'x-ordo-exchange',
  ROUTING_KEY: 'x-ordo-routing-key',
  FAMILY: 'x-ordo-error-family',
  CODE: 'x-ordo-error-code',
  MESSAGE: 'x-ordo-error-message',
  FAILED_AT: 'x-ordo-failed-at',
  /** Of a message that a replay sent: when. */
  REPLAYED_AT: 'x-ordo-replayed-at',
  /** Of a dead letter that was sent back to its queue: when. */
  REDRIVEN_AT: 'x-ordo-redriven-at',
} as const;

/** What the broker adds to a message on its way; a copy starts without it, or RabbitMQ would take it for a dead-letter cycle. */
const BROKER_HEADERS = /^x-(death|first-death-|last-death-|delivery-count|acquired-count)/;
/** Characters. A header table must stay far below its 64 KiB. */
const MAX_MESSAGE_LENGTH = 500;

/** One message in hand, with what its headers say of its way here. */
export interface Delivery {
  readonly queue: string;
  /** Where it was first published, whatever queues it waited in since. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  /** This attempt's number; the first is 1. */
  readonly attempt: number;
  /** How often the broker got it back without an acknowledgement. */
  readonly deliveryCount: number;
  readonly replayed: boolean;
  /** Seconds that its binding held it back. Known on its first way only: a copy carries no history of the broker. */
  readonly delaySeconds: number | undefined;
  readonly message: ConsumeMessage;
}

export function deliveryOf(queue: string, message: ConsumeMessage): Delivery {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  return {
    queue,
    ...originOf(headers, message.fields),
    messageId: textOr(message.properties.messageId, `unnamed-${randomUUID()}`),
    attempt: countOr0(headers[DeliveryHeader.ATTEMPT]) + 1,
    deliveryCount: countOr0(headers['x-delivery-count']),
    replayed: headers[DeliveryHeader.REPLAYED_AT] !== undefined,
    delaySeconds: delayOfQueue(textOr(headers['x-first-death-queue'], '')),
    message,
  };
}

/** Where it was first published: a copy says so, else the broker's history of a delay or a dead letter, else this very delivery. */
export function originOf(
  headers: Readonly<Record<string, unknown>>,
  fields: { readonly exchange: string; readonly routingKey: string },
): { readonly exchange: string; readonly routingKey: string } {
  const deaths = headers['x-death'];
  const first: unknown = Array.isArray(deaths) ? deaths.at(-1) : undefined;
  const { exchange, 'routing-keys': keys } = Object(first) as { exchange?: unknown; 'routing-keys'?: unknown };
  const key: unknown = Array.isArray(keys) ? keys[0] : undefined;
  return {
    exchange: textOr(headers[DeliveryHeader.EXCHANGE], textOr(exchange, fields.exchange)),
    routingKey: textOr(headers[DeliveryHeader.ROUTING_KEY], textOr(key, fields.routingKey)),
  };
}

/** The copy that goes back to its work queue at an operator's word: its attempts begin anew, and what failed before is forgotten. */
export function redriveCopyOf(queue: string, message: GetMessage, at: Date): OutgoingEvent {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const { exchange, routingKey } = originOf(headers, message.fields);
  return {
    ...plainCopyOf(message, queue, textOr(message.properties.messageId, `unnamed-${randomUUID()}`)),
    headers: {
      ...Object.fromEntries(keptOf(message).filter(([name]) => !name.startsWith('x-ordo-'))),
      [DeliveryHeader.QUEUE]: queue,
      [DeliveryHeader.EXCHANGE]: exchange,
      [DeliveryHeader.ROUTING_KEY]: routingKey,
      [DeliveryHeader.REDRIVEN_AT]: at.toISOString(),
    },
  };
}

/** The copy that waits `delaySeconds` and comes back to the work queue as the next attempt. */
export function retryCopyOf(delivery: Delivery, delaySeconds: RetryDelaySeconds): OutgoingEvent {
  return copyOf(delivery, retryQueueOf(delivery.queue, delaySeconds), {});
}

/** The copy that stays in the dead-letter queue and says why. */
export function deadLetterCopyOf(delivery: Delivery, failure: FailureFacts, failedAt: Date): OutgoingEvent {
  return copyOf(delivery, deadLetterQueueOf(delivery.queue), {
    [DeliveryHeader.FAMILY]: failure.family,
    [DeliveryHeader.CODE]: failure.code,
    [DeliveryHeader.MESSAGE]: failure.message.slice(0, MAX_MESSAGE_LENGTH),
    [DeliveryHeader.FAILED_AT]: failedAt.toISOString(),
  });
}

function copyOf(delivery: Delivery, target: string, reasons: Readonly<Record<string, string>>): OutgoingEvent {
  return {
    ...plainCopyOf(delivery.message, target, delivery.messageId),
    headers: {
      ...Object.fromEntries(keptOf(delivery.message)),
      [DeliveryHeader.ATTEMPT]: delivery.attempt,
      [DeliveryHeader.QUEUE]: delivery.queue,
      [DeliveryHeader.EXCHANGE]: delivery.exchange,
      [DeliveryHeader.ROUTING_KEY]: delivery.routingKey,
      ...reasons,
    },
  };
}

function plainCopyOf({ content, properties }: Message, target: string, messageId: string): OutgoingEvent {
  return {
    exchange: '',
    routingKey: target,
    messageId,
    body: content,
    ...(typeof properties.type === 'string' ? { type: properties.type } : {}),
    ...(typeof properties.contentType === 'string' ? { contentType: properties.contentType } : {}),
  };
}

const keptOf = ({ properties }: Message): [string, unknown][] =>
  Object.entries(properties.headers ?? {}).filter(([name]) => !BROKER_HEADERS.test(name));

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && value.length > 0 ? value : otherwise;
}

function countOr0(value: unknown): number {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : 0;
}
