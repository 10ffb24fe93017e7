/** What happens to a message that comes to a full queue: the oldest goes, or the publisher is refused and sends it again later. */
export const OverflowPolicy = { DROP_HEAD: 'drop-head', REJECT_PUBLISH: 'reject-publish' } as const;
export type OverflowPolicy = (typeof OverflowPolicy)[keyof typeof OverflowPolicy];

/**
 * Who fills the dead-letter queue. `consumer`: only the EventConsumer, with the reason in headers. `broker`: also RabbitMQ
 * itself, past the delivery limit, and, under `drop-head`, with every message that overflows.
 */
export const DeadLettering = { CONSUMER: 'consumer', BROKER: 'broker' } as const;
export type DeadLettering = (typeof DeadLettering)[keyof typeof DeadLettering];

/** What a consumer can do without when its queue is full. The overflow policy has to say the same. */
export const LossTolerance = { NONE: 'none', OLDEST: 'oldest' } as const;
export type LossTolerance = (typeof LossTolerance)[keyof typeof LossTolerance];

export interface QueueBinding {
  readonly routingKey: string;
  /** Seconds between the event and its arrival in the queue; absent: at once. */
  readonly delaySeconds?: number;
}

/** What a prefetch is computed from (`prefetchFor`), and how long the queue of a delay has to be. */
export interface ConsumerLoad {
  /** Mean milliseconds that the handler takes for one event. */
  readonly handlerMs: number;
  /** Processes that consume the queue. */
  readonly instances: number;
  /** Events of this queue per second in its busiest minute, all instances together. */
  readonly peakPerSecond: number;
}

/** A work queue with every default filled in: one subscription of the registry. */
export interface QueueDefinition {
  /** `[<space>.]<exchange>.<consumer>.<purpose>` */
  readonly name: string;
  readonly exchange: string;
  /** The third word of the name. */
  readonly consumer: string;
  /** The team that is told when it stands still. */
  readonly owner: string;
  readonly bindings: readonly QueueBinding[];
  readonly maxLength: number;
  readonly overflow: OverflowPolicy;
  readonly lossTolerance: LossTolerance;
  readonly deliveryLimit: number;
  readonly deadLettering: DeadLettering;
  readonly deadLetterMaxLength: number;
  /** Whether retry queues are declared beside it. */
  readonly retry: boolean;
  /** Absent where nobody has to consume it. */
  readonly load?: ConsumerLoad;
}

/** Everything that an exchange published, kept for a while: what a replay and a consumer that starts in the past read. */
export interface StreamDefinition {
  /** `[<space>.]<exchange>.stream` */
  readonly name: string;
  readonly exchange: string;
  readonly maxAgeDays: number;
  /** The disk's guard: the oldest go earlier than their age when there are more bytes than these. */
  readonly maxBytes: number;
}

export interface Topology {
  /** Prefix of every name: two environments on one virtual host differ in it. Empty: today's names. */
  readonly space: string;
  readonly exchanges: readonly string[];
  readonly streams: readonly StreamDefinition[];
  readonly queues: readonly QueueDefinition[];
}

/** Messages. What a consumer that was away for minutes finds again; more belongs in a query, not in a queue. */
export const DEFAULT_MAX_LENGTH = 10_000;
/** Deliveries. The same bound as the consumer's retries; said explicitly because the broker's own default changed in 4.0. */
export const DEFAULT_DELIVERY_LIMIT = 16;
/** A week: a consumer's team finds a fault after a weekend, and repairs it from here. */
export const DEFAULT_STREAM_DAYS = 7;
/** 80 events of 1 KB per second are 50 GB a week. */
export const DEFAULT_STREAM_BYTES = 100_000_000_000;
