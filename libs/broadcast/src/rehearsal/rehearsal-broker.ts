import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { invariant } from '@ordo/kernel';
import { type Channel, type ChannelModel, connect, type GetMessage } from 'amqplib';
import { cloudEventBody } from '../cloud-event/cloud-event.js';
import type { OutgoingEvent } from '../publisher/outgoing-event.js';
import { applyTopology } from '../topology/apply-topology.js';
import { planQueues } from '../topology/queue-plan.rules.js';
import {
  DeadLettering,
  LossTolerance,
  OverflowPolicy,
  type QueueDefinition,
  type Topology,
} from '../topology/topology.js';

const POLL_MS = 20;
/** Empty answers in a row: a message that is given back by a channel that closes comes a moment late. */
const DRAINED_AFTER = 15;

/** The broker that a spec runs on. Missing means failed, never skipped. */
export function brokerUrl(): string {
  const url = process.env.ORDO_AMQP_URL;
  invariant(url, 'ORDO_AMQP_URL is not set: run `npm test`, or start the stack and take it from .stack/test/env.json');
  return url;
}

/** An exchange and one queue (bound to `takeout.paid`) that no other spec uses, gone after `close`. */
export class RehearsalBroker {
  private constructor(
    readonly url: string,
    readonly queue: QueueDefinition,
    readonly channel: Channel,
    private readonly connection: ChannelModel,
  ) {}

  static async open(changes: Partial<QueueDefinition> = {}): Promise<RehearsalBroker> {
    const url = brokerUrl();
    const queue = rehearsalQueue(changes);
    await applyTopology(url, { space: '', exchanges: [queue.exchange], streams: [], queues: [queue] });
    const connection = await connect(url);
    connection.on('error', () => {});
    return new RehearsalBroker(url, queue, await connection.createChannel(), connection);
  }

  get topology(): Topology {
    return { space: '', exchanges: [this.queue.exchange], streams: [], queues: [this.queue] };
  }

  /** An event for the queue; `orderId` makes its id, `changes` go over the message. */
  event(orderId: string, changes: Partial<OutgoingEvent> = {}): OutgoingEvent {
    const { exchange } = this.queue;
    const type = 'ordo.order.paid.v1';
    const body = cloudEventBody({
      ...{ source: '/rehearsal', type, orderId, version: 2, userId: '7', merchantId: '9', bizType: 'takeout' },
      ...{ occurredAtMs: Date.now(), sentAtMs: Date.now(), role: 1, data: { status: 'PAID' } },
    });
    return { exchange, routingKey: 'takeout.paid', messageId: `${orderId}-2`, type, body, ...changes };
  }

  events(count: number, changes: Partial<OutgoingEvent> = {}): OutgoingEvent[] {
    return Array.from({ length: count }, (_, index) => this.event(String(index + 1), changes));
  }

  async depthOf(queue: string): Promise<number> {
    return (await this.channel.checkQueue(queue)).messageCount;
  }

  /** What this channel has sent so far is in its queues: the broker answers in order. */
  async settled(): Promise<void> {
    await until(async () => (await this.depthOf(this.queue.name)) > 0, 'what was sent to be in the queue');
  }

  /** Takes the next message of a queue, waiting for it. */
  async take(queue: string, timeoutMs = 10_000): Promise<GetMessage> {
    let taken: GetMessage | false = false;
    await until(
      async () => {
        taken = await this.channel.get(queue, { noAck: true });
        return taken !== false;
      },
      `a message in ${queue}`,
      timeoutMs,
    );
    return taken as unknown as GetMessage;
  }

  /** Takes everything that is in a queue and stays in it for a moment longer; answers the message ids, repeats and all. */
  async drain(queue: string): Promise<string[]> {
    const ids: string[] = [];
    for (let empty = 0; empty < DRAINED_AFTER; ) {
      const message = await this.channel.get(queue, { noAck: true });
      if (message !== false) ids.push(String(message.properties.messageId));
      else await sleep(POLL_MS);
      empty = message === false ? empty + 1 : 0;
    }
    return ids;
  }

  async close(): Promise<void> {
    for (const { name } of planQueues(this.queue)) await this.channel.deleteQueue(name);
    await this.channel.deleteExchange(this.queue.exchange);
    await this.connection.close();
  }
}

export function rehearsalQueue(changes: Partial<QueueDefinition> = {}): QueueDefinition {
  const exchange = `rehearsal-${randomBytes(5).toString('hex')}.order`;
  return {
    name: `${exchange}.spec.work`,
    exchange,
    consumer: 'spec',
    owner: 'spec',
    bindings: [{ routingKey: 'takeout.paid' }],
    maxLength: 10_000,
    overflow: OverflowPolicy.REJECT_PUBLISH,
    lossTolerance: LossTolerance.NONE,
    deliveryLimit: 16,
    deadLettering: DeadLettering.BROKER,
    deadLetterMaxLength: 100,
    retry: true,
    ...changes,
  };
}

/** Waits for a fact; the deadline is a failure, never a proof. */
export async function until(fact: () => boolean | Promise<boolean>, what: string, timeoutMs = 10_000): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!(await fact())) {
    invariant(performance.now() < endsAt, `waited ${timeoutMs} ms for ${what}`);
    await sleep(POLL_MS);
  }
}
