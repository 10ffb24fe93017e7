/** What catches up behind an app: relays of all nodes, the brokers' topology, and the gauges of what waits. */
import {
  applyTopology,
  BroadcastPublisher,
  loadTopology,
  QueueWatch,
  type Topology,
  TopologyMismatch,
  topologyDirectory,
} from '@ordo/broadcast';
import {
  BroadcastSwitches,
  Cluster,
  type NodeRelayOptions,
  OutboxRepository,
  OutboxTable,
  type ProjectionPlacement,
  Relay,
  type RelayedApp,
} from '@ordo/outbox';
import type { HealthRegistry, Logger, OrdoConfig } from '@ordo/platform';
import { type Links, outboxChannel } from '../links/links.js';
import type { ServiceMetrics } from '../metrics/service-metrics.js';
import { UnheardEvents } from './unheard-events.js';

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
  /** Where nobody waits for an event in the moment: longer pauses between its passes, for fewer and fuller ones. */
  readonly pace?: Pick<NodeRelayOptions, 'spacingMs' | 'pollMs'>;
}

type BrokerConfig = Pick<OrdoConfig, 'amqpUrl' | 'amqpSecondUrl' | 'space' | 'environment'>;

export class RelayWorker {
  private readonly topology: Topology;
  private readonly publisher: BroadcastPublisher;
  private readonly second: BroadcastPublisher | undefined;
  private readonly switches: BroadcastSwitches;
  private readonly relay: Relay;
  private readonly watch: QueueWatch;
  private sampling: NodeJS.Timeout | undefined;

  constructor(
    private readonly links: Links,
    private readonly config: BrokerConfig,
    private readonly options: RelayWorkerOptions,
    private readonly metrics: ServiceMetrics,
    private readonly logger: Logger,
  ) {
    const { pools } = links;
    const { name, app, projections, schema, pace = {} } = options;
    const { amqpUrl, amqpSecondUrl, space } = config;
    const { broadcast } = metrics;
    this.topology = loadTopology(topologyDirectory(), { space });
    this.publisher = this.openPublisher(amqpUrl, `ordo-${name}-relay`);
    if (amqpSecondUrl !== undefined) this.second = this.openPublisher(amqpSecondUrl, `ordo-${name}-relay-second`);
    this.switches = new BroadcastSwitches({
      ...{ pools: pools.all, schema },
      onChange: (node) => this.switched(node),
      onFailed: (node, error) => logger.debug('the broadcast switches of a node were not read', { node, error }),
    });
    const heard = new UnheardEvents(this.publisher, this.topology, (event) => broadcast.heardByNobody(event));
    this.relay = new Relay(pools, projections, app, heard, metrics.relay(), {
      ...{ schema, switches: this.switches, ...pace },
      ...(this.second === undefined ? {} : { second: { publisher: this.second, recorder: broadcast.second() } }),
    });
    this.watch = new QueueWatch({
      ...{ url: amqpUrl, topology: this.topology },
      onReading: (reading) => broadcast.queueSeen(reading),
    });
  }

  /** Waits for no server: what is away is tried again by itself. */
  async start(): Promise<void> {
    for (const { index, name } of this.links.pools.all) {
      this.links.nudge.subscribe(outboxChannel(this.options.name, name), () => this.relay.nudge(index));
    }
    this.switches.start();
    this.relay.start();
    this.sampling = setInterval(() => void this.sample(), SAMPLE_EVERY_MS);
    await Promise.all([this.publisher.connect(), this.second?.connect()]);
    this.watch.start();
  }

  /** A commit of this very process: no need to go by Redis. */
  nudge(node: string): void {
    const pool = this.links.pools.all.find(({ name }) => name === node);
    if (pool !== undefined) this.relay.nudge(pool.index);
  }

  registerHealth(health: HealthRegistry): void {
    const brokers = {
      rabbitmq: this.publisher,
      ...(this.second === undefined ? {} : { 'rabbitmq-second': this.second }),
    };
    for (const [name, publisher] of Object.entries(brokers)) {
      health.register({
        ...{ name, kind: 'rabbitmq', importance: 'optional' },
        probe: () => (publisher.isConnected ? Promise.resolve() : Promise.reject(new Error('not connected'))),
      });
    }
  }

  /** Ends after the pass under way; what is left waits in the outbox for the next owner. */
  async stop(): Promise<void> {
    clearInterval(this.sampling);
    await Promise.all([this.relay.stop(), this.watch.stop()]);
    await this.switches.stop();
    await Promise.all([this.publisher.close(), this.second?.close()]);
  }

  private openPublisher(url: string, connectionName: string): BroadcastPublisher {
    const { logger, topology } = this;
    const { space, environment } = this.config;
    return new BroadcastPublisher({
      ...{ url, space, connectionName },
      logger: {
        info: (facts, message) => logger.info(message, { ...facts }),
        warn: (facts, message) => logger.warn(message, { ...facts }),
        error: (facts, message) => logger.error(message, { ...facts }),
      },
      prepare: (connection) =>
        applyTopology(connection, topology, { environment }).catch((error: unknown) => this.tolerate(error)),
      onConnected: () => this.nudgeAll(),
    });
  }

  private switched(node: number): void {
    const name = this.links.pools.at(node).name;
    for (const cluster of Object.values(Cluster)) {
      this.metrics.broadcast.pausedOn(name, cluster, !this.switches.mayPublish(cluster, node));
    }
    this.relay.nudge(node);
    this.relay.nudgeSecond(node);
  }

  private nudgeAll(): void {
    for (const { index } of this.links.pools.all) {
      this.relay.nudge(index);
      this.relay.nudgeSecond(index);
    }
  }

  /** A queue with other settings is for a person to mend; orders go on, and what it would miss is returned and parked. */
  private tolerate(error: unknown): void {
    if (!(error instanceof TopologyMismatch)) throw error;
    this.logger.error('the broker has another topology than the files say', { error });
  }

  /** A node that is away shows in its health; its gauge keeps the last value. */
  private async sample(): Promise<void> {
    const { schema } = this.options;
    for (const pool of this.links.pools.all) {
      const depthOf = (table: OutboxTable) => new OutboxRepository(pool, schema, table).depth();
      await depthOf(OutboxTable.FIRST).then(
        (depth) => this.metrics.outboxSeen(pool.name, depth),
        () => undefined,
      );
      await depthOf(OutboxTable.SECOND).then(
        (depth) => this.metrics.broadcast.secondSeen(pool.name, depth),
        () => undefined,
      );
    }
  }
}
