/** What catches up behind an app: relays of all nodes, the broker's topology, and the gauges of what waits. */
import { applyTopology, BroadcastPublisher, loadTopology, TopologyMismatch, topologyDirectory } from '@ordo/broadcast';
import { OutboxRepository, type ProjectionPlacement, Relay, type RelayedApp } from '@ordo/outbox';
import type { HealthRegistry, Logger, OrdoConfig } from '@ordo/platform';
import { type Links, outboxChannel } from '../links/links.js';
import type { ServiceMetrics } from '../metrics/service-metrics.js';

/** Prometheus scrapes every 15 s or so; a count of the outbox reads an index and no payload. */
const SAMPLE_EVERY_MS = 2_000;

export interface RelayWorkerOptions {
  /** `order`: names the connection and the channel of the nudges. */
  readonly name: string;
  /** Whose outbox: the schema of that name on every node. */
  readonly schema: string;
  /** Where the projection of a merchant shard lies. */
  readonly projections: ProjectionPlacement;
  readonly app: RelayedApp;
}

export class RelayWorker {
  private readonly publisher: BroadcastPublisher;
  private readonly relay: Relay;
  private readonly outboxes: readonly { readonly node: string; readonly repository: OutboxRepository }[];
  private sampling: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: Links,
    { amqpUrl, space, environment }: Pick<OrdoConfig, 'amqpUrl' | 'space' | 'environment'>,
    private readonly options: RelayWorkerOptions,
    private readonly metrics: ServiceMetrics,
    private readonly logger: Logger,
  ) {
    const { pools } = links;
    const { name, app, projections, schema } = options;
    const topology = loadTopology(topologyDirectory(), { space });
    this.publisher = new BroadcastPublisher({
      url: amqpUrl,
      space,
      connectionName: `ordo-${name}-relay`,
      logger: {
        info: (facts, message) => logger.info(message, { ...facts }),
        warn: (facts, message) => logger.warn(message, { ...facts }),
        error: (facts, message) => logger.error(message, { ...facts }),
      },
      prepare: (connection) =>
        applyTopology(connection, topology, { environment }).catch((error: unknown) => this.tolerate(error)),
      onConnected: () => this.nudgeAll(),
    });
    this.relay = new Relay(pools, projections, app, this.publisher, metrics.relay(), { schema });
    this.outboxes = pools.all.map((pool) => ({ node: pool.name, repository: new OutboxRepository(pool, schema) }));
  }

  /** Waits for no server: what is away is tried again by itself. */
  async start(): Promise<void> {
    for (const { index, name } of this.links.pools.all) {
      this.links.nudge.subscribe(outboxChannel(this.options.name, name), () => this.relay.nudge(index));
    }
    this.relay.start();
    this.sampling = setInterval(() => void this.sample(), SAMPLE_EVERY_MS);
    await this.publisher.connect();
  }

  /** A commit of this very process: no need to go by Redis. */
  nudge(node: string): void {
    const pool = this.links.pools.all.find(({ name }) => name === node);
    if (pool !== undefined) this.relay.nudge(pool.index);
  }

  registerHealth(health: HealthRegistry): void {
    health.register({
      ...{ name: 'rabbitmq', kind: 'rabbitmq', importance: 'optional' },
      probe: () => (this.publisher.isConnected ? Promise.resolve() : Promise.reject(new Error('not connected'))),
    });
  }

  /** Ends after the pass under way; what is left waits in the outbox for the next owner. */
  async stop(): Promise<void> {
    clearInterval(this.sampling);
    await this.relay.stop();
    await this.publisher.close();
  }

  private nudgeAll(): void {
    for (const { index } of this.links.pools.all) this.relay.nudge(index);
  }

  /** A queue with other settings is for a person to mend; orders go on, and what it would miss is returned and parked. */
  private tolerate(error: unknown): void {
    if (!(error instanceof TopologyMismatch)) throw error;
    this.logger.error('the broker has another topology than the files say', { error });
  }

  private async sample(): Promise<void> {
    for (const { node, repository } of this.outboxes) {
      // A node that is away shows in its health; its gauge keeps the last value.
      await repository.depth().then(
        (depth) => this.metrics.outboxSeen(node, depth),
        () => undefined,
      );
    }
  }
}
