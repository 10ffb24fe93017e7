import { Transient } from '@ordo/kernel';
import { NODE_UNAVAILABLE } from '../node-pool/mysql.errors.js';
import { SchemasBehind } from './migration.errors.js';
import type { SqlReader } from './migration-record.repository.js';
import { type MigrationView, nodeStatus, refuseAltered, type SchemaStatus } from './migration-status.js';
import { recordMigrations } from './recorded-migration.js';
import { nameSchemas } from './schema-target.js';

export interface SchemaCheck {
  readonly checkedSchemas: number;
  /** Nodes that did not answer and so were not checked: the app starts without them and their readiness says so. */
  readonly unreachableNodes: readonly number[];
}

/**
 * For the boot of an application: every schema of every reachable node has every migration, unaltered, or the boot ends
 * here with a {@link SchemasBehind} that names the shards and the command. Issues no DDL. Migrations that this code does
 * not know are no obstacle: the schema is migrated before the new version is rolled out, while the old one still runs.
 * A node that is down does not stop the boot, because its loss must fail its own users' writes and nobody else's (P9).
 */
export async function assertSchemasCurrent(view: MigrationView): Promise<SchemaCheck> {
  const recorded = await recordMigrations(view.migrations);
  const nodes = await Promise.all(
    view.readers.map((reader, node) => unlessUnreachable(reader, (live) => nodeStatus(live, node, view, recorded))),
  );
  const statuses = nodes.flatMap((statusesOfNode) => statusesOfNode ?? []);
  refuseBehind(statuses);
  refuseAltered(statuses);
  return {
    checkedSchemas: statuses.length,
    unreachableNodes: nodes.flatMap((statusesOfNode, node) => (statusesOfNode === undefined ? [node] : [])),
  };
}

function refuseBehind(statuses: readonly SchemaStatus[]): void {
  const behind = statuses.filter((status) => status.pending.length > 0);
  if (behind.length === 0) return;
  throw new SchemasBehind(
    `${behind.length} of ${statuses.length} schemas are behind: ${nameSchemas(behind)}. Run \`npm run ordo -- migrate up\``,
    {
      schemas: behind.map(({ schema, node }) => `${schema}@${node}`),
      pending: [...new Set(behind.flatMap((s) => s.pending))],
    },
  );
}

async function unlessUnreachable<T>(
  reader: SqlReader,
  read: (reader: SqlReader) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read(reader);
  } catch (error) {
    if (error instanceof Transient && error.code === NODE_UNAVAILABLE) return undefined;
    throw error;
  }
}
