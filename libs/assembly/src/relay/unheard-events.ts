/**
 * Counts events that were confirmed and that no queue hears. The stream takes everything, so the broker returns nothing any more: that
 * nobody subscribed to an event shows here, or nowhere.
 */
import { isHeard, spaced, type Topology } from '@ordo/broadcast';
import type { EventPublisher, PublishOutcome, RelayedEvent } from '@ordo/outbox';

export class UnheardEvents implements EventPublisher {
  /** By exchange and routing key: some dozens. */
  private readonly known = new Map<string, boolean>();

  constructor(
    private readonly publisher: EventPublisher,
    private readonly topology: Topology,
    private readonly onUnheard: (event: string) => void,
  ) {}

  get isConnected(): boolean {
    return this.publisher.isConnected;
  }

  async publishWindow(events: readonly RelayedEvent[]): Promise<readonly PublishOutcome[]> {
    const outcomes = await this.publisher.publishWindow(events);
    for (const [index, event] of events.entries()) {
      if (outcomes[index] === 'confirmed' && !this.isHeard(event)) {
        this.onUnheard(`${event.exchange} ${event.routingKey}`);
      }
    }
    return outcomes;
  }

  private isHeard({ exchange, routingKey }: RelayedEvent): boolean {
    const key = `${exchange} ${routingKey}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const heard = isHeard(this.topology, spaced(this.topology.space, exchange), routingKey);
    this.known.set(key, heard);
    return heard;
  }
}
