/** An independent consumer: a queue of its own on all exchanges, deleted with its connection. Nothing of the house's consumer is used. */
import { eventually, testStack } from '@ordo/testing';
import { connect } from 'amqplib';

const EXCHANGES = ['ordo.order', 'ordo.refund', 'ordo.delivery'] as const;

export interface HeardEvent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly heardAtMs: number;
  readonly event: {
    readonly id: string;
    readonly type: string;
    readonly subject: string;
    readonly userid: string;
    readonly merchantid: string;
    readonly orderversion: number;
    readonly time: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly [attribute: string]: unknown;
  };
}

export class EventListener {
  readonly heard: HeardEvent[] = [];

  private constructor(private readonly connection: Awaited<ReturnType<typeof connect>>) {}

  static async open(): Promise<EventListener> {
    const connection = await connect(testStack().amqpUrl);
    connection.on('error', () => undefined);
    const listener = new EventListener(connection);
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true });
    for (const exchange of EXCHANGES) {
      await channel.assertExchange(exchange, 'topic', { durable: true });
      await channel.bindQueue(queue, exchange, '#');
    }
    await channel.consume(
      queue,
      (message) => {
        if (message === null) return;
        const { exchange, routingKey } = message.fields;
        const event = JSON.parse(message.content.toString()) as HeardEvent['event'];
        listener.heard.push({ exchange, routingKey, heardAtMs: Date.now(), event });
      },
      { noAck: true },
    );
    return listener;
  }

  of(orderId: string): HeardEvent[] {
    return this.heard.filter(({ event }) => event.subject === orderId);
  }

  /** The events of an order once there are `count` of them. */
  untilHeard(orderId: string, count: number, withinMs?: number): Promise<HeardEvent[]> {
    return eventually(
      () => (this.of(orderId).length >= count ? this.of(orderId) : undefined),
      `${count} events of order ${orderId}`,
      withinMs,
    );
  }

  async close(): Promise<void> {
    await this.connection.close().catch(() => undefined);
  }
}
