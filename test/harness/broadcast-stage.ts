/**
 * An exchange, its stream and one queue of a spec's own; a sender that repeats what was not confirmed, as the relay does; and the books
 * over both: what was attempted, acknowledged, lost and repeated. Made of the published classes of `@ordo/broadcast` and nothing else.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  applyTopology,
  assembleTopology,
  BroadcastPublisher,
  cloudEventBody,
  EventConsumer,
  type EventConsumerOptions,
  type EventHandler,
  type OutgoingEvent,
  streamOf,
  type Topology,
  type TopologyFile,
  withdrawQueues,
} from '@ordo/broadcast';
import type { CloudEvent } from '@ordo/contracts';
import { eventually } from '@ordo/testing';
import { connect } from 'amqplib';

type QueueEntry = TopologyFile['queues'][number];

export interface BroadcastAccount {
  readonly attempted: number;
  /** Confirmed by the broker. */
  readonly acknowledged: number;
  /** Confirmed, and never handled. */
  readonly lost: number;
  /** Deliveries beyond the first of an event. */
  readonly repeated: number;
  /** Effects beyond the first of an event. */
  readonly doubled: number;
}

const WINDOW = 25;
const REPEAT_MS = 100;
const SETTLED_MS = 30_000;

export class BroadcastStage {
  readonly attempted: string[] = [];
  readonly confirmed = new Set<string>();
  /** Deliveries and effects by event id. */
  readonly deliveries = new Map<string, number>();
  readonly effects = new Map<string, number>();
  readonly publisher: BroadcastPublisher;
  private readonly consumers: EventConsumer[] = [];
  private isGivenUp = false;

  private constructor(
    readonly url: string,
    readonly exchange: string,
    readonly queue: string,
    readonly topology: Topology,
  ) {
    // What a broker lost is declared again on the next connection, as the worker of the app does.
    this.publisher = new BroadcastPublisher({
      ...{ url, publishTimeoutMs: 2_000 },
      prepare: (connection) => applyTopology(connection, topology),
    });
  }

  static async open(url: string, changes: Partial<QueueEntry> = {}): Promise<BroadcastStage> {
    const exchange = `spec-${randomUUID().slice(0, 8)}.order`;
    const name = `${exchange}.books.work`;
    const queue: QueueEntry = {
      ...{ name, owner: 'spec', overflow: 'reject-publish' },
      bindings: [{ bizType: 'takeout', events: ['paid'] }],
      ...changes,
    };
    const topology = assembleTopology([{ exchange, stream: {}, queues: [queue] }]);
    const stage = new BroadcastStage(url, exchange, name, topology);
    await stage.publisher.connect();
    return stage;
  }

  /** Sends `count` events of orders of their own, each until it is confirmed or `giveUp` is called; `paceMs` between windows. */
  async send(count: number, paceMs = 0): Promise<void> {
    const events = Array.from({ length: count }, (_, index) => this.event(String(this.attempted.length + index + 1)));
    this.attempted.push(...events.map(({ messageId }) => messageId));
    for (let at = 0; at < events.length; at += WINDOW) {
      await this.sendAll(events.slice(at, at + WINDOW));
      await pause(paceMs);
    }
  }

  /** One attempt each, and no more: answers how many were confirmed. */
  async sendOnce(count: number): Promise<number> {
    const events = Array.from({ length: count }, (_, index) => this.event(String(this.attempted.length + index + 1)));
    this.attempted.push(...events.map(({ messageId }) => messageId));
    for (let at = 0; at < events.length; at += WINDOW) await this.window(events.slice(at, at + WINDOW));
    return this.confirmed.size;
  }

  giveUp(): void {
    this.isGivenUp = true;
  }

  event(orderId: string, version = 1): OutgoingEvent {
    const type = 'ordo.order.paid.v1';
    const body = cloudEventBody({
      ...{ source: '/spec', type, orderId, version, userId: '7', merchantId: '9', bizType: 'takeout', role: 1 },
      ...{ occurredAtMs: Date.now(), sentAtMs: Date.now(), data: { status: 'PAID' } },
    });
    return { exchange: this.exchange, routingKey: 'takeout.paid', messageId: `${orderId}-${version}`, type, body };
  }

  /** A handler under the books: `effect` counts what it did by `effectOf(event)`. */
  async consume(handler: EventHandler, options: Partial<EventConsumerOptions> = {}): Promise<EventConsumer> {
    const { url, queue } = this;
    const counted: EventHandler = (event, context) => {
      add(this.deliveries, event.id);
      return handler(event, context);
    };
    const consumer = new EventConsumer({ url, queue, prefetch: 20, handler: counted, ...options });
    this.consumers.push(consumer);
    await consumer.start();
    return consumer;
  }

  acted(event: CloudEvent): void {
    add(this.effects, event.id);
  }

  /** Waits until everything that was acknowledged has had its effect; then the books, which are printed. */
  async settle(name: string, withinMs = SETTLED_MS): Promise<BroadcastAccount> {
    const missing = (): string[] => [...this.confirmed].filter((id) => !this.effects.has(id));
    await eventually(() => missing().length === 0, 'every acknowledged event is handled', withinMs).catch(
      () => undefined,
    );
    return this.account(name);
  }

  /** Deliveries beyond the first of each event, so far. */
  get repeated(): number {
    return beyondFirst(this.deliveries);
  }

  account(name: string): BroadcastAccount {
    const account = {
      ...{ attempted: this.attempted.length, acknowledged: this.confirmed.size },
      lost: [...this.confirmed].filter((id) => !this.effects.has(id)).length,
      ...{ repeated: this.repeated, doubled: beyondFirst(this.effects) },
    };
    const text = Object.entries(account).map(([what, count]) => `${count} ${what}`);
    console.log(`${name}: ${text.join(', ')}`);
    return account;
  }

  async close(): Promise<void> {
    this.giveUp();
    await Promise.all(this.consumers.map((consumer) => consumer.stop()));
    await this.publisher.close();
    await withdrawQueues(this.url, this.topology);
    const connection = await connect(this.url);
    const channel = await connection.createChannel();
    await channel.deleteQueue(streamOf(this.exchange));
    await channel.deleteExchange(this.exchange);
    await connection.close();
  }

  private async sendAll(events: readonly OutgoingEvent[]): Promise<void> {
    let left = events;
    while (left.length > 0 && !this.isGivenUp) {
      left = await this.window(left);
      if (left.length > 0) await pause(REPEAT_MS);
    }
  }

  /** Answers what was not confirmed. */
  private async window(events: readonly OutgoingEvent[]): Promise<readonly OutgoingEvent[]> {
    const outcomes = await this.publisher.publishWindow(events);
    const left = events.filter((_, index) => outcomes[index] !== 'confirmed');
    for (const [index, { messageId }] of events.entries()) {
      if (outcomes[index] === 'confirmed') this.confirmed.add(messageId);
    }
    return left;
  }
}

function add(counts: Map<string, number>, id: string): void {
  counts.set(id, (counts.get(id) ?? 0) + 1);
}

const beyondFirst = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((sum, count) => sum + count - 1, 0);
