/**
 * Where the operator's switches stand, looked at once a second on every node. They lie beside the outbox that they stop, so that they can
 * be thrown while any other node is away, and keep their last known position while their own is. Nothing goes out before the first answer:
 * a process that starts must not tell for a second what was stopped.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodePool } from '@ordo/sharding';
import { BroadcastSwitchRepository } from './broadcast-switch.repository.js';
import { Cluster, type ClusterSwitch, initialSwitch, SwitchState } from './broadcast-switch.state.js';

export interface BroadcastSwitchesOptions {
  readonly pools: readonly Pick<NodePool, 'name' | 'query'>[];
  /** Where `broadcast_switch` lies on every node; default `ordo_node`. */
  readonly schema?: string;
  /** A switch of the node has another position: relays look at once. */
  readonly onChange?: (node: number) => void;
  readonly onFailed?: (node: string, error: unknown) => void;
  /** 1 s. */
  readonly lookEveryMs?: number;
}

type Positions = Readonly<Record<Cluster, ClusterSwitch>>;

/** Less than the pause between two looks, so that a node that hangs is asked once a second and not more rarely. */
const DEADLINE_MS = 900;
const LOOK_EVERY_MS = 1_000;

export class BroadcastSwitches {
  /** By node; undefined until it has answered once. */
  private readonly positions: (Positions | undefined)[];
  private readonly stopping = new AbortController();
  private watching: Promise<unknown> | undefined;

  constructor(private readonly options: BroadcastSwitchesOptions) {
    this.positions = options.pools.map(() => undefined);
  }

  /** undefined until the node has answered once. */
  positionOf(cluster: Cluster, node: number): ClusterSwitch | undefined {
    return this.positions[node]?.[cluster];
  }

  mayPublish(cluster: Cluster, node: number): boolean {
    return this.positionOf(cluster, node)?.state === SwitchState.OPEN;
  }

  start(): void {
    this.watching ??= Promise.all(this.options.pools.map((pool, node) => this.watch(pool, node)));
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.watching;
  }

  private async watch(pool: Pick<NodePool, 'name' | 'query'>, node: number): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.lookAt(pool, node);
      await sleep(this.options.lookEveryMs ?? LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async lookAt(pool: Pick<NodePool, 'name' | 'query'>, node: number): Promise<void> {
    try {
      const thrown = await new BroadcastSwitchRepository(pool, this.options.schema).read(DEADLINE_MS);
      const found = (cluster: Cluster): ClusterSwitch =>
        thrown.find((each) => each.cluster === cluster) ?? initialSwitch[cluster];
      const before = this.positions[node];
      const now = { first: positionIn(found(Cluster.FIRST)), second: positionIn(found(Cluster.SECOND)) };
      this.positions[node] = now;
      if (JSON.stringify(before) !== JSON.stringify(now)) this.options.onChange?.(node);
    } catch (error) {
      this.options.onFailed?.(pool.name, error);
    }
  }
}

const positionIn = ({ state, percent, types }: ClusterSwitch): ClusterSwitch => ({ state, percent, types });
