/** Where the apps keep what is one of on every node: outbox, timers, leases. Read off the migrations, so that no app is forgotten. */
import { migrations } from '@ordo/migrations';
import { SCHEMA_PREFIX } from '@ordo/sharding';

const schemasOf = (is: (dimension: string) => boolean): readonly string[] =>
  Object.keys(migrations)
    .filter(is)
    .map((dimension) => `${SCHEMA_PREFIX}${dimension}`);

/** On every node, one per app: `ordo_node` of the order app first. */
export const nodeSchemas = schemasOf((dimension) => dimension === 'node' || dimension.endsWith('_node'));

/** On node 0 only. */
export const controlSchemas = schemasOf((dimension) => dimension === 'control' || dimension.endsWith('_control'));
