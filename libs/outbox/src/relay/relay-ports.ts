/**
 * What the relay needs of the app that owns the outbox rows, and of the broker. Ports, so that the loop can be proved against
 * stores and brokers that fail on purpose.
 */
import type { OutboxRow } from './outbox.repository.js';

export type PublishOutcome = 'confirmed' | 'returned' | 'refused' | 'unconfirmed';

export interface RelayedEvent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly body: Buffer | string;
}

export interface EventPublisher {
  /**
   * One outcome per event, in order, never a throw. Only `confirmed` is sent: `returned` reached no queue, `refused` was declined
   * by the broker, `unconfirmed` may or may not have arrived.
   */
  publishWindow(events: readonly RelayedEvent[]): Promise<readonly PublishOutcome[]>;
  readonly isConnected: boolean;
}

export interface RelayedApp {
  /**
   * Writes the projection of `rows`, all of one merchant node, so that when it resolves the state that each row speaks of (or a
   * later one) can be read from both dimensions (P2). Repeats and reorderings must converge. A Transient means the node is away:
   * nothing may be assumed. Any other error means that one of the rows cannot be projected; the relay finds out which.
   */
  project(merchantNode: number, rows: readonly OutboxRow[]): Promise<void>;
  /** The message that announces `row`. `sentAt` is epoch ms. May throw for a row that has no event: that row alone is parked. */
  eventOf(row: OutboxRow, sentAt: number): RelayedEvent;
}

/**
 * `merchant-node`: it is away. `behind`: an earlier row of the order is parked. `refused`: by the broker, or returned. `poison`: the row
 * cannot be projected. `no-event`: no message can be made of it (too large, a type that nobody knows).
 */
export type ParkReason = 'merchant-node' | 'behind' | 'refused' | 'poison' | 'no-event';

export interface RelayRecorder {
  published(node: string, outcome: PublishOutcome, count: number): void;
  projected(node: string, rows: number, lagMs: number): void;
  parked(node: string, reason: ParkReason, rows: number): void;
  failed(node: string, error: unknown): void;
}
