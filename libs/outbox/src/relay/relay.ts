/**
 * The relays of all nodes. A node that is away stops its own relay and no other. Where there is a second cluster, each node has a relay more:
 * the same loop over the same kind of table, with nothing to project, so that either cluster may be away as long as it likes (ADR 23).
 */
import { type Clock, systemClock } from '@ordo/kernel';
import type { NodePools } from '@ordo/sharding';
import { Cluster } from '../clusters/broadcast-switch.state.js';
import type { BroadcastSwitches } from '../clusters/broadcast-switches.js';
import { hears } from '../clusters/ramp.rules.js';
import { SwitchedPublisher } from '../clusters/switched-publisher.js';
import { NodeRelay } from './node-relay.js';
import { OutboxTable } from './outbox.repository.js';
import { defaultRelayOptions, type NodeRelayOptions, type ProjectionPlacement } from './relay-options.js';
import type { EventPublisher, RelayedApp, RelayRecorder } from './relay-ports.js';

export interface SecondCluster {
  readonly publisher: EventPublisher;
  readonly recorder: RelayRecorder;
}

export interface RelayOptions
  extends Partial<Omit<NodeRelayOptions, 'table' | 'isReady' | 'handsOver' | 'onHandedOver'>> {
  readonly clock?: Clock;
  /** The operator's. Without them everything goes to the first cluster, and nothing to a second. */
  readonly switches?: BroadcastSwitches;
  /** Absent: this process tells the second cluster nothing. What is meant for it is handed over all the same, as the switch says. */
  readonly second?: SecondCluster;
}

export class Relay {
  private readonly first: readonly NodeRelay[];
  private readonly second: readonly NodeRelay[];

  constructor(
    pools: NodePools,
    placement: ProjectionPlacement,
    app: RelayedApp,
    publisher: EventPublisher,
    recorder: RelayRecorder,
    { switches, second, ...options }: RelayOptions = {},
  ) {
    const setting = { ...defaultRelayOptions, clock: systemClock, ...options };
    const behind = (target: EventPublisher, cluster: Cluster, node: number): EventPublisher =>
      switches === undefined ? target : new SwitchedPublisher(target, () => switches.mayPublish(cluster, node));
    const isReady = (node: number): boolean => switches?.positionOf(Cluster.FIRST, node) !== undefined;
    const handing: Partial<NodeRelayOptions> =
      switches === undefined
        ? {}
        : {
            isReady,
            handsOver: (row, node) => {
              const position = switches.positionOf(Cluster.SECOND, node);
              return position !== undefined && hears(position, row);
            },
            onHandedOver: (node) => this.second[node]?.nudge(),
          };
    this.first = pools.all.map((pool) => {
      const target = behind(publisher, Cluster.FIRST, pool.index);
      return new NodeRelay(pool, pools, placement, app, target, recorder, { ...setting, ...handing });
    });
    const told = { project: () => Promise.resolve(), eventOf: app.eventOf.bind(app) };
    this.second = pools.all.flatMap((pool) => {
      if (second === undefined) return [];
      const target = behind(second.publisher, Cluster.SECOND, pool.index);
      const own = { ...setting, table: OutboxTable.SECOND, ...(switches === undefined ? {} : { isReady }) };
      return [new NodeRelay(pool, pools, placement, told, target, second.recorder, own)];
    });
  }

  start(): void {
    for (const relay of [...this.first, ...this.second]) relay.start();
  }

  nudge(node: number): void {
    this.first[node]?.nudge();
  }

  nudgeSecond(node: number): void {
    this.second[node]?.nudge();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.first, ...this.second].map((relay) => relay.stop()));
  }
}
