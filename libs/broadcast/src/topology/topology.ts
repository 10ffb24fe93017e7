/** What happens to a message that comes to a full queue: the oldest goes, or the publisher is refused and sends it again later. */
export const OverflowPolicy = { DROP_HEAD: 'drop-head', REJECT_PUBLISH: 'reject-publish' } as const;
export type OverflowPolicy = (typeof OverflowPolicy)[keyof typeof OverflowPolicy];

/**
 * Who fills the dead-letter queue. `consumer`: only the EventConsumer, with the reason in headers. `broker`: also RabbitMQ
 * itself, past the delivery limit, and, under `drop-head`, with every message that overflows.
 */
export const DeadLettering = { CONSUMER: 'consumer', BROKER: 'broker' } as const;
export type DeadLettering = (typeof DeadLettering)[keyof typeof DeadLettering];

export interface QueueBinding {
  readonly routingKey: string;
  /** Seconds between the event and its arrival in the queue; absent: at once. */
  readonly delaySeconds?: number;
}

/** A work queue with every default filled in. */
export interface QueueDefinition {
  /** `<exchange>.<consumer>.<purpose>` */
  readonly name: string;
  readonly exchange: string;
  readonly owner: string;
  readonly bindings: readonly QueueBinding[];
  readonly maxLength: number;
  readonly overflow: OverflowPolicy;
  readonly deliveryLimit: number;
  readonly deadLettering: DeadLettering;
  readonly deadLetterMaxLength: number;
  /** Whether retry queues are declared beside it. */
  readonly retry: boolean;
}

export interface Topology {
  readonly exchanges: readonly string[];
  readonly queues: readonly QueueDefinition[];
}

/** Messages. What a consumer that was away for minutes finds again; more belongs in a query, not in a queue. */
export const DEFAULT_MAX_LENGTH = 10_000;
/** Deliveries. The same bound as the consumer's retries; said explicitly because the broker's own default changed in 4.0. */
export const DEFAULT_DELIVERY_LIMIT = 16;
