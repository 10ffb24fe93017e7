import { setTimeout as sleep } from 'node:timers/promises';
import type { CloudEvent } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import type { Channel, ChannelModel, ConsumeMessage } from 'amqplib';
import { parseCloudEvent } from '../cloud-event/parse-cloud-event.js';
import { ACKNOWLEDGED_AT_ONCE, acknowledged } from '../connection/acknowledged.js';
import { reconnectDelayMs } from '../connection/backoff.js';
import { type BroadcastLogger, silentLogger } from '../connection/broadcast-logger.js';
import { BrokerConnection } from '../connection/broker-connection.js';
import { withDeadline } from '../connection/deadline.js';
import type { DeliveryContext, EventHandler } from '../handling/event-handler.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { type OutgoingEvent, PublishOutcome } from '../publisher/outgoing-event.js';
import { MAX_PREFETCH } from '../topology/prefetch.rules.js';
import { DEFAULT_DELIVERY_LIMIT } from '../topology/topology.js';
import { childOf, withTrace } from '../trace/trace-context.js';
import { type ConsumerCounts, ConsumerTally, type SettledOutcome } from './consumer-tally.js';
import { type Delivery, deadLetterCopyOf, deliveryOf, retryCopyOf } from './delivery.js';
import {
  type DeliveryDecision,
  decideFailure,
  decideRepeatedDelivery,
  HANDLED,
  MAX_ATTEMPTS,
  MAX_UNKNOWN_ATTEMPTS,
} from './delivery.rules.js';

const CONNECT_WAIT_MS = 2_000;
/** What a handler may need to end; an orchestrator kills after 30 s by default. */
const STOP_TIMEOUT_MS = 10_000;
/** A broker that does not answer this soon is not asked to be polite. */
const CANCEL_TIMEOUT_MS = 1_000;
const MS_PER_SECOND = 1_000;

/** When a message came, seen from the event in it. Milliseconds, by this machine's clock against the sender's. */
export interface ReceiptFacts {
  /** Since the change happened (`time`). */
  readonly ageMs: number;
  /** Since it was due in this queue: `senttime` and the delay of its binding. Absent on retries and replays. */
  readonly latenessMs?: number;
}

export interface EventConsumerOptions {
  /** amqp:// or amqps:// URL of the broker. */
  readonly url: string;
  /** A work queue of the topology. */
  readonly queue: string;
  /** Messages in hand at once, 1 to 1000: so many handlers run in parallel. No default: it is the consumer's own measure. */
  readonly prefetch: number;
  readonly handler: EventHandler;
  /** Attempts on Transient errors, 1 to 16. Default 16. */
  readonly maxAttempts?: number;
  /** Attempts on errors without a family. Default 5. */
  readonly maxUnknownAttempts?: number;
  /** The queue's `deliveryLimit` in the topology. Default 16. */
  readonly deliveryLimit?: number;
  /** Milliseconds that `stop` waits for what is in hand. Default 10000. */
  readonly stopTimeoutMs?: number;
  readonly logger?: BroadcastLogger;
  /** Called once per settled delivery, for metrics. Must not throw. */
  readonly onSettled?: (outcome: SettledOutcome, elapsedMs: number) => void;
  /** Called once per readable delivery, before its handler, for metrics of age and lateness. Must not throw. */
  readonly onReceived?: (facts: ReceiptFacts) => void;
}

/**
 * Handles the events of one queue, each at least once. A delivery is acknowledged only after its handler returned, after the
 * business refused it, or after the broker confirmed the copy in the retry or dead-letter queue: at no moment is it nowhere.
 * Copies go out on a second connection, because RabbitMQ stops reading from connections that publish when it is short of
 * memory, and acknowledgements must not stop with them. Retries overtake: the order of events is not kept, compare `orderversion`.
 */
export class EventConsumer {
  private readonly connection: BrokerConnection;
  private readonly copies: BroadcastPublisher;
  private readonly logger: BroadcastLogger;
  private readonly tally = new ConsumerTally();
  private readonly stopping = new AbortController();
  private readonly limits: { maxAttempts: number; maxUnknownAttempts: number };
  private channel: Channel | undefined;
  private consumerTag: string | undefined;
  private stopRequested = false;

  constructor(private readonly options: EventConsumerOptions) {
    const { url, queue, prefetch } = options;
    const maxAttempts = options.maxAttempts ?? MAX_ATTEMPTS;
    const maxUnknownAttempts = options.maxUnknownAttempts ?? MAX_UNKNOWN_ATTEMPTS;
    invariant(isCount(prefetch, MAX_PREFETCH), 'prefetch is an integer from 1 to 1000', { queue, prefetch });
    invariant(isCount(maxAttempts, MAX_ATTEMPTS), 'maxAttempts is an integer from 1 to 16', { queue, maxAttempts });
    invariant(isCount(maxUnknownAttempts, MAX_ATTEMPTS), 'maxUnknownAttempts is an integer from 1 to 16', { queue });
    this.limits = { maxAttempts, maxUnknownAttempts };
    this.logger = options.logger ?? silentLogger;
    this.connection = new BrokerConnection(
      { url, name: `consumer ${queue}`, logger: this.logger },
      {
        opened: (model) => this.subscribe(model),
        lost: () => {
          this.channel = undefined;
          this.consumerTag = undefined;
        },
      },
    );
    this.copies = new BroadcastPublisher({ url, connectionName: `copies ${queue}`, logger: this.logger });
  }

  /** Subscribes, waiting up to two seconds for the broker. A broker or queue that is not there yet is tried again for ever. */
  async start(): Promise<void> {
    this.connection.start();
    await Promise.all([this.connection.waitUntilOpen(CONNECT_WAIT_MS), this.copies.connect()]);
  }

  get isSubscribed(): boolean {
    return this.connection.isOpen && this.consumerTag !== undefined;
  }

  get counts(): ConsumerCounts {
    return this.tally.counts;
  }

  /** Takes no more deliveries, finishes what is in hand, and closes. What is not finished in time is delivered again, to another. */
  async stop(): Promise<void> {
    const { channel, consumerTag } = this;
    this.stopRequested = true;
    if (channel !== undefined && consumerTag !== undefined) {
      await withDeadline(channel.cancel(consumerTag), CANCEL_TIMEOUT_MS, 'cancelling').catch(() => {});
    }
    await this.tally.untilIdle(this.options.stopTimeoutMs ?? STOP_TIMEOUT_MS);
    await this.settled();
    this.stopping.abort();
    await this.connection.close();
    await this.copies.close();
  }

  /** A channel that closes would drop what the broker holds back of a burst of acknowledgements. */
  private async settled(): Promise<void> {
    const { channel } = this;
    const { queue, prefetch } = this.options;
    if (channel === undefined || prefetch <= ACKNOWLEDGED_AT_ONCE) return;
    await withDeadline(acknowledged(channel, queue, prefetch), CANCEL_TIMEOUT_MS, 'settling').catch(() => {});
  }

  private async subscribe(model: ChannelModel): Promise<void> {
    const channel = await model.createChannel();
    channel.on('error', (error: Error) => {
      this.logger.error({ queue: this.options.queue, reason: error.message }, 'consumer channel refused by the broker');
    });
    channel.on('close', () => {
      if (this.channel === channel) this.connection.abandon('consumer channel closed');
    });
    this.channel = channel;
    if (this.stopRequested) return;
    await channel.prefetch(this.options.prefetch);
    const { consumerTag } = await channel.consume(this.options.queue, (message) => this.receive(channel, message));
    this.consumerTag = consumerTag;
  }

  private receive(channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) {
      this.connection.abandon('the broker cancelled the subscription');
      return;
    }
    this.tally.began();
    const startedMs = performance.now();
    void this.settle(channel, deliveryOf(this.options.queue, message))
      .catch((cause: unknown) => {
        this.logger.error({ queue: this.options.queue, reason: String(cause) }, 'delivery was not settled');
        return undefined;
      })
      .then((outcome) => {
        this.tally.ended(outcome);
        if (outcome !== undefined) this.options.onSettled?.(outcome, performance.now() - startedMs);
      });
  }

  /** Undefined if the delivery stays unacknowledged: the broker will deliver it again. */
  private async settle(channel: Channel, delivery: Delivery): Promise<SettledOutcome | undefined> {
    const decision = await this.decide(delivery);
    this.report(delivery, decision);
    const copy = copyFor(delivery, decision);
    if (copy !== undefined && !(await this.sendCopy(channel, copy))) return undefined;
    if (!this.acknowledge(channel, delivery)) return undefined;
    if (decision.action === 'acknowledge') return decision.outcome;
    return decision.action === 'retry' ? 'retried' : 'deadLettered';
  }

  private async decide(delivery: Delivery): Promise<DeliveryDecision> {
    const { attempt, deliveryCount } = delivery;
    if (deliveryCount >= (this.options.deliveryLimit ?? DEFAULT_DELIVERY_LIMIT)) {
      return decideRepeatedDelivery(deliveryCount);
    }
    try {
      const event = parseCloudEvent(delivery.message.content);
      this.options.onReceived?.(receiptOf(delivery, event, Date.now()));
      const context = contextOf(delivery, event);
      await withTrace(context.traceParent, () => this.options.handler(event, context));
      return HANDLED;
    } catch (error) {
      return decideFailure(error, attempt, this.limits);
    }
  }

  /** Until it is confirmed, or the original is out of our hands: a copy of a message that will come again would be a second one. */
  private async sendCopy(channel: Channel, copy: OutgoingEvent): Promise<boolean> {
    for (let attempt = 0; this.channel === channel && !this.stopping.signal.aborted; attempt += 1) {
      const [outcome] = await this.copies.publishWindow([copy]);
      if (outcome === PublishOutcome.CONFIRMED) return true;
      this.logger.warn(
        { queue: copy.routingKey, messageId: copy.messageId, outcome },
        'copy not taken, original is kept',
      );
      await sleep(reconnectDelayMs(attempt), undefined, { signal: this.stopping.signal }).catch(() => {});
    }
    return false;
  }

  private acknowledge(channel: Channel, delivery: Delivery): boolean {
    if (this.channel !== channel) return false;
    try {
      channel.ack(delivery.message);
      return true;
    } catch {
      return false; // the channel is closing: delivered again
    }
  }

  private report({ queue, messageId, attempt }: Delivery, decision: DeliveryDecision): void {
    const facts = { queue, messageId, attempt, ...decision.failure };
    if (decision.action === 'deadLetter') this.logger.error(facts, 'event goes to the dead-letter queue');
    else if (decision.action === 'retry')
      this.logger.warn({ ...facts, delaySeconds: decision.delaySeconds }, 'event waits');
    else if (decision.outcome === 'refused') this.logger.info(facts, 'event refused by the business');
  }
}

function copyFor(delivery: Delivery, decision: DeliveryDecision): OutgoingEvent | undefined {
  if (decision.action === 'retry') return retryCopyOf(delivery, decision.delaySeconds);
  if (decision.action === 'deadLetter') return deadLetterCopyOf(delivery, decision.failure, new Date());
  return undefined;
}

function receiptOf({ attempt, replayed, delaySeconds }: Delivery, event: CloudEvent, nowMs: number): ReceiptFacts {
  const ageMs = nowMs - Date.parse(event.time);
  if (attempt > 1 || replayed) return { ageMs };
  return { ageMs, latenessMs: nowMs - Date.parse(event.senttime) - (delaySeconds ?? 0) * MS_PER_SECOND };
}

function contextOf(delivery: Delivery, event: CloudEvent): DeliveryContext {
  const { queue, exchange, routingKey, messageId, attempt, deliveryCount, replayed, delaySeconds } = delivery;
  const traceParent = childOf(event.traceparent);
  return {
    ...{ queue, exchange, routingKey, messageId, attempt, deliveryCount, replayed },
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(traceParent === undefined ? {} : { traceParent }),
  };
}

function isCount(value: number, max: number): boolean {
  return Number.isSafeInteger(value) && value >= 1 && value <= max;
}
