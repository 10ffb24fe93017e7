/** The relays of all nodes. A node that is away stops its own relay and no other. */
import { type Clock, systemClock } from '@ordo/kernel';
import type { NodePools } from '@ordo/sharding';
import { defaultRelayOptions, NodeRelay, type NodeRelayOptions, type ProjectionPlacement } from './node-relay.js';
import type { EventPublisher, RelayedApp, RelayRecorder } from './relay-ports.js';

export class Relay {
  private readonly relays: readonly NodeRelay[];

  constructor(
    pools: NodePools,
    placement: ProjectionPlacement,
    app: RelayedApp,
    publisher: EventPublisher,
    recorder: RelayRecorder,
    options: Partial<NodeRelayOptions> & { readonly clock?: Clock } = {},
  ) {
    const setting = { ...defaultRelayOptions, clock: systemClock, ...options };
    this.relays = pools.all.map((pool) => new NodeRelay(pool, pools, placement, app, publisher, recorder, setting));
  }

  start(): void {
    for (const relay of this.relays) relay.start();
  }

  nudge(node: number): void {
    this.relays[node]?.nudge();
  }

  async stop(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.stop()));
  }
}
