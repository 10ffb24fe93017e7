/** The switches of the broadcast on every node, for every app; what could not be reached is said, and has to be repeated. */
import {
  BroadcastSwitchRepository,
  type Cluster,
  type OutboxDepth,
  OutboxRepository,
  OutboxTable,
  type SwitchPosition,
  type ThrownSwitch,
} from '@ordo/outbox';
import type { NodePool } from '@ordo/sharding';
import { nodeSchemas } from '../terminal/node-schemas.js';

export interface BroadcastPlace {
  readonly node: string;
  /** Of the app whose outbox it is. */
  readonly schema: string;
}

export interface BroadcastView extends BroadcastPlace {
  readonly switches: readonly ThrownSwitch[];
  readonly depths: Readonly<Record<Cluster, OutboxDepth>>;
}

export type Thrown = BroadcastPlace & { readonly error?: unknown };

const placesOf = (pools: readonly NodePool[]) =>
  pools.flatMap((pool) => nodeSchemas.map((schema) => ({ pool, node: pool.name, schema })));

/** A place that does not answer stands there with its error. */
export function lookAtBroadcast(pools: readonly NodePool[]): Promise<readonly (BroadcastView | Thrown)[]> {
  return Promise.all(
    placesOf(pools).map(async ({ pool, node, schema }): Promise<BroadcastView | Thrown> => {
      try {
        const [switches, first, second] = await Promise.all([
          new BroadcastSwitchRepository(pool, schema).read(),
          new OutboxRepository(pool, schema, OutboxTable.FIRST).depth(),
          new OutboxRepository(pool, schema, OutboxTable.SECOND).depth(),
        ]);
        return { node, schema, switches, depths: { first, second } };
      } catch (error) {
        return { node, schema, error };
      }
    }),
  );
}

/** Safe to repeat. */
export function throwBroadcastSwitch(
  pools: readonly NodePool[],
  cluster: Cluster,
  position: SwitchPosition,
): Promise<readonly Thrown[]> {
  return Promise.all(
    placesOf(pools).map(async ({ pool, node, schema }): Promise<Thrown> => {
      try {
        await new BroadcastSwitchRepository(pool, schema).change(cluster, position);
        return { node, schema };
      } catch (error) {
        return { node, schema, error };
      }
    }),
  );
}
