/**
 * Dead letters: looked at without being taken, and sent back to their work queue once the consumer is mended. A look gives every message
 * back in its place; a redrive acknowledges the dead letter only when the broker confirmed its copy in the work queue, so a program that
 * dies in between leaves a repeat and never a loss.
 */

import type { CloudEvent } from '@ordo/contracts';
import type { Channel, GetMessage } from 'amqplib';
import { readableEvent } from '../cloud-event/parse-cloud-event.js';
import { ACKNOWLEDGED_AT_ONCE, acknowledged } from '../connection/acknowledged.js';
import { onOwnConnection } from '../connection/own-connection.js';
import { DeliveryHeader, originOf, redriveCopyOf } from '../consumer/delivery.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { PublishOutcome } from '../publisher/outgoing-event.js';
import { openChannel } from '../topology/declaration.js';
import { deadLetterQueueOf } from '../topology/queue-plan.rules.js';
import type { Topology } from '../topology/topology.js';

export interface DeadLetter {
  readonly messageId: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** Attempts that it had; 0 where the broker itself gave up on it. */
  readonly attempts: number;
  /** `invariant`, `transient`, `unknown`; or `broker`, with the broker's reason as `code` (`delivery_limit`, `maxlen`). */
  readonly family: string;
  readonly code: string;
  readonly message: string;
  readonly failedAt: string | undefined;
  /** Undefined for what is no readable event. */
  readonly event: CloudEvent | undefined;
}

/** Which dead letters are meant; all that is given must match. */
export interface DeadLetterFilter {
  readonly messageId?: string;
  readonly orderId?: string;
  readonly code?: string;
}

export interface QueueBacklog {
  readonly queue: string;
  readonly owner: string;
  /** Undefined: the queue is not on the broker. */
  readonly deadLetters: number | undefined;
  readonly messages: number | undefined;
  readonly consumers: number | undefined;
}

export interface RedriveCounts {
  readonly redriven: number;
  /** Looked at and left, because the filter did not mean them. */
  readonly left: number;
  /** Why it ended before its time; undefined when it did not. */
  readonly stopped: string | undefined;
}

const LOOK_LIMIT = 100;
const REDRIVE_LIMIT = 1_000;
/** Copies that are confirmed together, and letters that are acknowledged together. */
const WINDOW = ACKNOWLEDGED_AT_ONCE;
const CONNECT_WAIT_MS = 5_000;

/** How much waits in every queue of the topology, and in its dead letters. */
export async function countBacklogs(url: string, { queues }: Topology): Promise<QueueBacklog[]> {
  return onOwnConnection({ url, what: 'counting dead letters' }, async (connection) => {
    const count = async (name: string) => {
      const channel = await openChannel(connection); // one each: a queue that is missing closes it
      const seen = await channel.checkQueue(name).catch(() => undefined);
      if (seen !== undefined) await channel.close();
      return seen;
    };
    const backlogs: QueueBacklog[] = [];
    for (const { name, owner } of queues) {
      const [work, dead] = [await count(name), await count(deadLetterQueueOf(name))];
      backlogs.push({
        ...{ queue: name, owner, deadLetters: dead?.messageCount },
        ...{ messages: work?.messageCount, consumers: work?.consumerCount },
      });
    }
    return backlogs;
  });
}

/** The oldest dead letters of a work queue, at most `limit` (default 100). They stay where they are. */
export async function lookAtDeadLetters(url: string, queue: string, limit = LOOK_LIMIT): Promise<DeadLetter[]> {
  return onOwnConnection({ url, what: 'looking at dead letters' }, async (connection) => {
    const channel = await openChannel(connection);
    const taken = await takeAll(channel, deadLetterQueueOf(queue), limit);
    channel.nackAll(true);
    await channel.close();
    return taken.map(deadLetterOf);
  });
}

/**
 * Sends dead letters back to their work queue, where their attempts begin anew: those that `filter` means among the oldest `limit`
 * (default 1000) of now. Stops, with the reason, when the work queue does not take one; what was not sent stays a dead letter.
 */
export async function redriveDeadLetters(
  url: string,
  queue: string,
  filter: DeadLetterFilter = {},
  limit = REDRIVE_LIMIT,
): Promise<RedriveCounts> {
  const publisher = new BroadcastPublisher({ url, connectionName: `redrive ${queue}` });
  await publisher.connect();
  try {
    await publisher.waitUntilConnected(CONNECT_WAIT_MS);
    return await onOwnConnection({ url, what: 'redriving dead letters' }, async (connection) => {
      const channel = await openChannel(connection);
      const taken = await takeAll(channel, deadLetterQueueOf(queue), limit);
      const counts = await sendBack(channel, publisher, queue, taken, filter);
      if (counts.redriven < taken.length) channel.nackAll(true);
      await channel.close();
      return counts;
    });
  } finally {
    await publisher.close();
  }
}

async function sendBack(
  channel: Channel,
  publisher: BroadcastPublisher,
  queue: string,
  taken: readonly GetMessage[],
  filter: DeadLetterFilter,
): Promise<RedriveCounts> {
  const meant = taken.filter((message) => means(filter, deadLetterOf(message)));
  const left = taken.length - meant.length;
  let redriven = 0;
  for (let start = 0; start < meant.length; start += WINDOW) {
    const window = meant.slice(start, start + WINDOW);
    const outcomes = await publisher.publishWindow(window.map((message) => redriveCopyOf(queue, message, new Date())));
    for (const [index, message] of window.entries()) {
      if (outcomes[index] !== PublishOutcome.CONFIRMED) continue;
      channel.ack(message);
      redriven += 1;
    }
    await acknowledged(channel, deadLetterQueueOf(queue));
    const refused = outcomes.find((outcome) => outcome !== PublishOutcome.CONFIRMED);
    if (refused !== undefined) return { redriven, left, stopped: `${queue} did not take a message: ${refused}` };
  }
  return { redriven, left, stopped: undefined };
}

/** The oldest messages, in hand and unacknowledged; no more than there were at the beginning, or a redrive could meet its own. */
async function takeAll(channel: Channel, queue: string, limit: number): Promise<GetMessage[]> {
  const { messageCount } = await channel.checkQueue(queue);
  const taken: GetMessage[] = [];
  while (taken.length < Math.min(limit, messageCount)) {
    const message = await channel.get(queue);
    if (message === false) break;
    taken.push(message);
  }
  return taken;
}

function means(filter: DeadLetterFilter, letter: DeadLetter): boolean {
  return (
    (filter.messageId === undefined || filter.messageId === letter.messageId) &&
    (filter.code === undefined || filter.code === letter.code) &&
    (filter.orderId === undefined || filter.orderId === letter.event?.subject)
  );
}

function deadLetterOf(message: GetMessage): DeadLetter {
  const headers: Record<string, unknown> = message.properties.headers ?? {};
  const reason = headers['x-first-death-reason'];
  const byBroker = headers[DeliveryHeader.CODE] === undefined;
  return {
    ...{ messageId: textOf(message.properties.messageId), ...originOf(headers, message.fields) },
    attempts: Number(headers[DeliveryHeader.ATTEMPT] ?? 0),
    family: byBroker ? 'broker' : textOf(headers[DeliveryHeader.FAMILY]),
    code: byBroker ? textOf(reason) : textOf(headers[DeliveryHeader.CODE]),
    message: textOf(headers[DeliveryHeader.MESSAGE]),
    failedAt: textOf(headers[DeliveryHeader.FAILED_AT]) || undefined,
    event: readableEvent(message.content),
  };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
