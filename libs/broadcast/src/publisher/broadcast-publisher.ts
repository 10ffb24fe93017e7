import type { ChannelModel, ConfirmChannel } from 'amqplib';
import { type BroadcastLogger, silentLogger } from '../connection/broadcast-logger.js';
import { BrokerConnection } from '../connection/broker-connection.js';
import { spaced } from '../topology/space.rules.js';
import { countOutcomes, type OutcomeCounts, type OutgoingEvent, PublishOutcome } from './outgoing-event.js';
import { PublishWindow } from './publish-window.js';

/** A healthy broker confirms a window of 500 in some 15 ms; five seconds is a broker that will not answer. */
const PUBLISH_TIMEOUT_MS = 5_000;
const CONNECT_WAIT_MS = 2_000;
const CONTENT_TYPE = 'application/cloudevents+json';

export interface BroadcastPublisherOptions {
  /** amqp:// or amqps:// URL of the broker. */
  readonly url: string;
  /** Milliseconds after which a window without all its confirms is given up. Default 5000. */
  readonly publishTimeoutMs?: number;
  /** Milliseconds for TCP connect and AMQP handshake. Default 2000. */
  readonly connectTimeoutMs?: number;
  /** Name of the connection in the broker's listings. Default `ordo-publisher`. */
  readonly connectionName?: string;
  readonly logger?: BroadcastLogger;
  /** The environment's prefix of exchange names. Default: none. */
  readonly space?: string;
  /**
   * Runs on every new connection before it is ready, e.g. `(connection) => applyTopology(connection, topology)`, so that a
   * broker that came back empty is set up again. If it throws, the connection is dropped and tried again.
   */
  readonly prepare?: (connection: ChannelModel) => Promise<void>;
  /** Called once per window, for metrics. Must not throw. */
  readonly onWindow?: (counts: OutcomeCounts, elapsedMs: number) => void;
  /** Called each time a connection is ready to publish, so that a relay need not wait for its next poll. Must not throw. */
  readonly onConnected?: () => void;
}

/**
 * Publishes windows of messages with confirms, `mandatory` and persistent, on a connection of its own (a blocked
 * publisher must not stop the acknowledgements of consumers). Guarantee: `publishWindow` answers within
 * `publishTimeoutMs`, in the order of its argument, and never throws; a message is called `confirmed` only if the broker
 * confirmed it and did not return it. Windows may overlap. Repeating a message is safe for consumers that use an inbox.
 */
export class BroadcastPublisher {
  private readonly connection: BrokerConnection;
  private readonly logger: BroadcastLogger;
  private readonly publishTimeoutMs: number;
  private readonly windows = new Set<PublishWindow>();
  private channel: ConfirmChannel | undefined;
  private nextTag = 1;
  private closing = false;

  constructor(private readonly options: BroadcastPublisherOptions) {
    this.logger = options.logger ?? silentLogger;
    this.publishTimeoutMs = options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS;
    const { url, connectTimeoutMs, logger } = options;
    this.connection = new BrokerConnection(
      {
        url,
        name: options.connectionName ?? 'ordo-publisher',
        ...(connectTimeoutMs === undefined ? {} : { connectTimeoutMs }),
        ...(logger === undefined ? {} : { logger }),
      },
      {
        opened: (model) => this.openChannel(model),
        ready: () => this.options.onConnected?.(),
        lost: () => this.onLost(),
      },
    );
  }

  /** Starts connecting and waits up to two seconds. A broker that is away is no error: connecting goes on behind. */
  async connect(): Promise<void> {
    this.connection.start();
    await this.connection.waitUntilOpen(CONNECT_WAIT_MS);
  }

  get isConnected(): boolean {
    return this.connection.isOpen && this.channel !== undefined;
  }

  /** Why the broker stopped reading from us (memory or disk alarm), or undefined. While blocked, windows end `unconfirmed` at once. */
  get blocked(): string | undefined {
    return this.connection.blocked;
  }

  /** Whether it is connected now or within `timeoutMs`. */
  waitUntilConnected(timeoutMs: number): Promise<boolean> {
    return this.connection.waitUntilOpen(timeoutMs);
  }

  async publishWindow(events: readonly OutgoingEvent[]): Promise<PublishOutcome[]> {
    const startedMs = performance.now();
    const outcomes = await this.publish(events);
    this.options.onWindow?.(countOutcomes(outcomes), performance.now() - startedMs);
    return outcomes;
  }

  /** Takes no more windows, waits for those in flight (bounded by their timeout), and closes. */
  async close(): Promise<void> {
    this.closing = true;
    await Promise.all([...this.windows].map((window) => window.done));
    await this.connection.close();
  }

  private async publish(given: readonly OutgoingEvent[]): Promise<PublishOutcome[]> {
    const { channel } = this;
    const events = this.inSpace(given);
    if (events.length === 0) return [];
    if (channel === undefined || !this.isConnected || this.closing || this.blocked !== undefined) {
      return events.map(() => PublishOutcome.UNCONFIRMED);
    }
    const window = new PublishWindow(events, this.nextTag);
    this.windows.add(window);
    this.connection.gatherWrites();
    this.write(channel, window, events);
    const timer = setTimeout(() => this.giveUp(window), this.publishTimeoutMs);
    const outcomes = await window.done;
    clearTimeout(timer);
    this.windows.delete(window);
    return [...outcomes];
  }

  /** Exchanges are the environment's; the default exchange, and with it a queue that is addressed by name, is everybody's. */
  private inSpace(events: readonly OutgoingEvent[]): readonly OutgoingEvent[] {
    const space = this.options.space ?? '';
    if (space === '') return events;
    return events.map((event) =>
      event.exchange === '' ? event : { ...event, exchange: spaced(space, event.exchange) },
    );
  }

  /** One turn of the event loop, so that the tags of a window are consecutive. `false` from publish means buffered: nothing to do. */
  private write(channel: ConfirmChannel, window: PublishWindow, events: readonly OutgoingEvent[]): void {
    for (const [index, event] of events.entries()) {
      if (this.channel !== channel) {
        window.notWritten(index, PublishOutcome.UNCONFIRMED);
        continue;
      }
      try {
        channel.publish(event.exchange, event.routingKey, bytesOf(event.body), propertiesOf(event));
        this.nextTag += 1;
        window.written(index);
      } catch (cause) {
        window.notWritten(index, this.outcomeOfThrow(event, cause));
      }
    }
    window.seal();
  }

  /** amqplib throws for a channel that is closing (nobody's fault) and for a message that AMQP cannot carry (the message's). */
  private outcomeOfThrow(event: OutgoingEvent, cause: unknown): PublishOutcome {
    if (cause instanceof Error && cause.name === 'IllegalOperationError') return PublishOutcome.UNCONFIRMED;
    this.logger.error({ messageId: event.messageId, reason: String(cause) }, 'message cannot be written');
    return PublishOutcome.REFUSED;
  }

  private async openChannel(model: ChannelModel): Promise<void> {
    await this.options.prepare?.(model);
    const channel = await model.createConfirmChannel();
    channel.on('ack', ({ deliveryTag, multiple }) => this.settle(deliveryTag, multiple, PublishOutcome.CONFIRMED));
    channel.on('nack', ({ deliveryTag, multiple }) => this.settle(deliveryTag, multiple, PublishOutcome.REFUSED));
    channel.on('return', ({ fields, properties }) => {
      for (const window of this.windows) window.returned(properties.messageId, fields.exchange, fields.routingKey);
    });
    channel.on('error', (error: Error) =>
      this.logger.error({ reason: error.message }, 'publisher channel refused by the broker'),
    );
    channel.on('close', () => {
      if (this.channel === channel) this.connection.abandon('publisher channel closed');
    });
    this.nextTag = 1;
    this.channel = channel;
  }

  private settle(tag: number, multiple: boolean, outcome: PublishOutcome): void {
    for (const window of this.windows) window.settle(tag, multiple, outcome);
  }

  /**
   * A broker that is silent without a word is given up with its connection. One that said it blocks is kept: RabbitMQ does not
   * read from a blocked connection, so it would not see it close, and a long alarm would gather dead ones. Confirms that come
   * late find no window: tags are unique for the life of a channel.
   */
  private giveUp(window: PublishWindow): void {
    if (this.blocked === undefined) this.connection.abandon(`no confirms within ${this.publishTimeoutMs} ms`);
    window.abandon();
  }

  private onLost(): void {
    this.channel = undefined;
    for (const window of this.windows) window.abandon();
  }
}

function bytesOf(body: Buffer | string): Buffer {
  return typeof body === 'string' ? Buffer.from(body, 'utf8') : body;
}

function propertiesOf(event: OutgoingEvent) {
  return {
    mandatory: true,
    persistent: true,
    contentType: event.contentType ?? CONTENT_TYPE,
    messageId: event.messageId,
    ...(event.type === undefined ? {} : { type: event.type }),
    ...(event.headers === undefined ? {} : { headers: event.headers }),
  };
}
