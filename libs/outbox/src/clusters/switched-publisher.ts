import type { EventPublisher, PublishOutcome, RelayedEvent } from '../relay/relay-ports.js';

/** A publisher behind an operator's switch: while it is off, the cluster is as good as away, and what happens waits as it does then. */
export class SwitchedPublisher implements EventPublisher {
  constructor(
    private readonly publisher: EventPublisher,
    private readonly mayPublish: () => boolean,
  ) {}

  get isConnected(): boolean {
    return this.mayPublish() && this.publisher.isConnected;
  }

  publishWindow(events: readonly RelayedEvent[]): Promise<readonly PublishOutcome[]> {
    if (this.mayPublish()) return this.publisher.publishWindow(events);
    return Promise.resolve(events.map(() => 'unconfirmed' as const));
  }
}
