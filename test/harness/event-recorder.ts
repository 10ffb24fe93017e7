/**
 * An independent consumer: a durable queue of its own bound to every exchange, nothing of the house's consumer, every event in the
 * order of its arrival. It outlives a broker that goes and comes back.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { eventually, testStack } from '@ordo/testing';
import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib';
import type { HeardEvent } from './books.js';

const EXCHANGES = ['ordo.order', 'ordo.refund', 'ordo.delivery'] as const;
const RECONNECT_MS = 200;
/** A spec that dies leaves its queue behind; the broker forgets it after this long without a consumer. */
const QUEUE_EXPIRES_MS = 600_000;
const PREFETCH = 500;

/** The event as it was sent: a CloudEvent in JSON. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly subject: string;
  readonly userid: string;
  readonly merchantid: string;
  readonly orderversion: number;
  readonly data: Readonly<Record<string, unknown>>;
  readonly [attribute: string]: unknown;
}

export interface RecordedEvent extends HeardEvent {
  readonly routingKey: string;
  readonly event: SentEvent;
  readonly type: string;
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly atMs: number;
}

export interface EventRecorderOptions {
  /** Runs at the moment of receipt, before the acknowledgement. */
  readonly onEvent?: (event: RecordedEvent) => Promise<void>;
  readonly prefetch?: number;
}

export class EventRecorder {
  readonly events: RecordedEvent[] = [];
  private readonly heardOf = new Map<string, RecordedEvent[]>();
  private readonly queue = `ordo.spec.${randomUUID()}`;
  private connection: ChannelModel | undefined;
  private closing = false;

  private constructor(private readonly options: EventRecorderOptions) {}

  /** Resolves when the queue is bound: what is published from now on is heard. */
  static async open(options: EventRecorderOptions = {}): Promise<EventRecorder> {
    const recorder = new EventRecorder(options);
    await recorder.subscribe();
    return recorder;
  }

  /** The events of an order in the order of their arrival, repeats included. */
  of(orderId: string): readonly RecordedEvent[] {
    return this.heardOf.get(orderId) ?? [];
  }

  /** The events of an order once there are `count` of them. */
  untilHeard(orderId: string, count: number, withinMs?: number): Promise<RecordedEvent[]> {
    const look = (): RecordedEvent[] | undefined =>
      this.of(orderId).length >= count ? [...this.of(orderId)] : undefined;
    return eventually(look, `${count} events of order ${orderId}`, withinMs);
  }

  async close(): Promise<void> {
    this.closing = true;
    const channel = await this.connection?.createChannel().catch(() => undefined);
    await channel?.deleteQueue(this.queue).catch(() => undefined);
    await this.connection?.close().catch(() => undefined);
  }

  private async subscribe(): Promise<void> {
    const connection = await connect(testStack().amqpUrl);
    connection.on('error', () => undefined);
    connection.once('close', () => void this.subscribeAgain());
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.prefetch(this.options.prefetch ?? PREFETCH);
    const queueArguments = { 'x-queue-type': 'quorum', 'x-expires': QUEUE_EXPIRES_MS };
    await channel.assertQueue(this.queue, { durable: true, arguments: queueArguments });
    for (const exchange of EXCHANGES) {
      await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.bindQueue(this.queue, exchange, '#');
    }
    const consume = async (message: ConsumeMessage | null): Promise<void> => {
      if (message === null) return;
      await this.record(message);
      if (this.connection === connection) channel.ack(message);
    };
    this.connection = connection;
    await channel.consume(this.queue, (message) => void consume(message).catch(() => undefined));
  }

  private async subscribeAgain(): Promise<void> {
    this.connection = undefined;
    while (!this.closing && this.connection === undefined) {
      await pause(RECONNECT_MS);
      await this.subscribe().catch(() => undefined);
    }
  }

  private async record({ content, fields }: ConsumeMessage): Promise<void> {
    const sent = JSON.parse(content.toString()) as SentEvent;
    const { senttime: _senttime, ...told } = sent;
    const event: RecordedEvent = {
      ...{ id: sent.id, type: sent.type, orderId: sent.subject, version: Number(sent.orderversion) },
      ...{ userId: sent.userid, merchantId: sent.merchantid, routingKey: fields.routingKey, event: sent },
      ...{ atMs: performance.now(), redelivered: fields.redelivered, says: JSON.stringify(told) },
    };
    this.events.push(event);
    const heard = this.heardOf.get(event.orderId);
    if (heard === undefined) this.heardOf.set(event.orderId, [event]);
    else heard.push(event);
    await this.options.onEvent?.(event);
  }
}
