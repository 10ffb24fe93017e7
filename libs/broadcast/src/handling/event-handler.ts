import type { CloudEvent, EventName, EventOf } from '@ordo/contracts';

/** What a handler may know of the delivery besides its event. */
export interface DeliveryContext {
  readonly queue: string;
  /** Where it was first published, whatever queues it waited in since. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  /** This attempt's number; the first is 1. */
  readonly attempt: number;
  /** How often the broker got it back without an acknowledgement. */
  readonly deliveryCount: number;
  /** Whether an operator's replay sent it, and not the relay. */
  readonly replayed: boolean;
  /** Seconds that its binding held it back; absent: none, or lost on the way by a retry. */
  readonly delaySeconds?: number;
  /** W3C traceparent of this handling, to be sent along with calls; absent where the event has none. */
  readonly traceParent?: string;
}

/** Returning means done; throwing decides by the family of the error. It may run again for the same event: use `once` or `inOrder`. */
export type EventHandler = (event: CloudEvent, context: DeliveryContext) => Promise<void>;

/** One function per event, each with the type of its event. An event that is not named is acknowledged and has no effect. */
export type EventHandlers = {
  readonly [N in EventName]?: (event: EventOf<N>, context: DeliveryContext) => Promise<void>;
};

/** The same within a transaction. */
export type EventEffects<Tx> = {
  readonly [N in EventName]?: (tx: Tx, event: EventOf<N>, context: DeliveryContext) => Promise<void>;
};
