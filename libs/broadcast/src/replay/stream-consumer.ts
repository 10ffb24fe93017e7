/**
 * A consumer of a stream: from any moment of the last days, one event after the other, in the order in which the exchange took them. It
 * costs the broker no queue, and nobody else's reading. How far it has come is the consumer's own to keep (`context.offset`).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@ordo/contracts';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { parseCloudEvent } from '../cloud-event/parse-cloud-event.js';
import { type BroadcastLogger, silentLogger } from '../connection/broadcast-logger.js';
import { BrokerConnection } from '../connection/broker-connection.js';
import { withDeadline } from '../connection/deadline.js';
import { decideFailure, type FailureFacts, MAX_ATTEMPTS, MAX_UNKNOWN_ATTEMPTS } from '../consumer/delivery.rules.js';
import { childOf, withTrace } from '../trace/trace-context.js';
import { entryOf, type StreamEntry, type StreamStart, subscribeToStream } from './stream-reading.js';

const CONNECT_WAIT_MS = 2_000;
const STOP_TIMEOUT_MS = 10_000;
const MS_PER_SECOND = 1_000;

export interface StreamContext {
  readonly offset: number;
  readonly exchange: string;
  readonly routingKey: string;
  readonly attempt: number;
  readonly traceParent?: string;
}

export interface StreamConsumerOptions {
  readonly url: string;
  /** `<exchange>.stream` */
  readonly stream: string;
  /** Where it begins; after a lost connection it goes on behind the last event that it settled. */
  readonly from: StreamStart;
  /** Returning means done. A Transient is tried again in place, up to 16 times: nothing behind it overtakes. */
  readonly handler: (event: CloudEvent, context: StreamContext) => Promise<void>;
  /** Hears of what was given up: a stream has no dead letters. `event` is undefined for what is no event. Must not throw. */
  readonly onGivenUp?: (entry: StreamEntry, failure: FailureFacts) => void;
  /** Milliseconds that `stop` waits for the event in hand. Default 10000. */
  readonly stopTimeoutMs?: number;
  readonly logger?: BroadcastLogger;
}

export class StreamConsumer {
  private readonly connection: BrokerConnection;
  private readonly logger: BroadcastLogger;
  private readonly stopping = new AbortController();
  private from: StreamStart;
  private channel: Channel | undefined;
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: StreamConsumerOptions) {
    this.from = options.from;
    this.logger = options.logger ?? silentLogger;
    this.connection = new BrokerConnection(
      { url: options.url, name: `stream ${options.stream}`, logger: this.logger },
      {
        opened: (model) => this.subscribe(model),
        lost: () => {
          this.channel = undefined;
        },
      },
    );
  }

  /** Subscribes, waiting up to two seconds for the broker, and goes on trying for ever. */
  async start(): Promise<void> {
    this.connection.start();
    await this.connection.waitUntilOpen(CONNECT_WAIT_MS);
  }

  /** Ends after the event in hand. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await withDeadline(this.turn, this.options.stopTimeoutMs ?? STOP_TIMEOUT_MS, 'the event in hand').catch(() => {});
    await this.connection.close();
  }

  private async subscribe(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', (error: Error) => {
      this.logger.error({ stream: this.options.stream, reason: error.message }, 'stream channel refused by the broker');
    });
    channel.on('close', () => {
      if (this.channel === channel) this.connection.abandon('stream channel closed');
    });
    this.channel = channel;
    await this.turn; // of the connection before: it decides where this one begins
    await subscribeToStream(channel, this.options.stream, this.from, (message) => this.receive(channel, message));
  }

  private receive(channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) {
      this.connection.abandon('the broker cancelled the subscription');
      return;
    }
    this.turn = this.turn.then(() => this.settle(channel, message));
  }

  private async settle(channel: Channel, message: ConsumeMessage): Promise<void> {
    if (this.channel !== channel || this.stopping.signal.aborted) return;
    const entry = entryOf(message);
    const isSettled = await this.handle(entry);
    if (!isSettled) return;
    this.from = { offset: entry.offset + 1 };
    if (this.channel === channel) channel.ack(message);
  }

  /** False only when it was stopped between two attempts. */
  private async handle(entry: StreamEntry): Promise<boolean> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.attempt(entry, attempt);
        return true;
      } catch (error) {
        const limits = { maxAttempts: MAX_ATTEMPTS, maxUnknownAttempts: MAX_UNKNOWN_ATTEMPTS };
        const decision = decideFailure(error, attempt, limits);
        if (decision.action === 'acknowledge') return true;
        if (decision.action === 'deadLetter') return this.giveUp(entry, decision.failure);
        await sleep(decision.delaySeconds * MS_PER_SECOND, undefined, { signal: this.stopping.signal }).catch(() => {});
        if (this.stopping.signal.aborted) return false;
      }
    }
  }

  private async attempt({ offset, exchange, routingKey, content }: StreamEntry, attempt: number): Promise<void> {
    const event = parseCloudEvent(content);
    const traceParent = childOf(event.traceparent);
    const context = {
      ...{ offset, exchange, routingKey, attempt },
      ...(traceParent === undefined ? {} : { traceParent }),
    };
    await withTrace(traceParent, () => this.options.handler(event, context));
  }

  private giveUp(entry: StreamEntry, failure: FailureFacts): true {
    const { offset, messageId } = entry;
    this.logger.error({ stream: this.options.stream, offset, messageId, ...failure }, 'event of the stream given up');
    this.options.onGivenUp?.(entry, failure);
    return true;
  }
}
