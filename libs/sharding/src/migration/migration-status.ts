import { MigrationAltered } from './migration.errors.js';
import {
  type LandedMigration,
  type NodeRecord,
  readNodeRecord,
  type SqlReader,
} from './migration-record.repository.js';
import { type MigrationSet, type RecordedMigration, type RecordedSet, recordMigrations } from './recorded-migration.js';
import { type MigrationPlacement, nameSchemas, type SchemaTarget, targetsOf } from './schema-target.js';

export interface SchemaStatus extends SchemaTarget {
  /** Whether the schema itself is there. */
  readonly exists: boolean;
  readonly applied: readonly string[];
  readonly pending: readonly string[];
  /** Landed with another statement than the code has now: a migration was edited after the fact. */
  readonly altered: readonly string[];
  /** Landed, but unknown to this code: written by a newer version. No reason to stop. */
  readonly unknown: readonly string[];
}

export interface MigrationView {
  /** One reader per node, index = node; a `NodePools.all` serves. */
  readonly readers: readonly SqlReader[];
  readonly placement: MigrationPlacement;
  readonly migrations: MigrationSet;
  /** Default `ordo_`. */
  readonly prefix?: string;
}

/** The state of every schema, node by node. Reads only; three statements per node. Throws what the readers throw. */
export async function migrationStatus(view: MigrationView): Promise<readonly SchemaStatus[]> {
  const recorded = await recordMigrations(view.migrations);
  const nodes = await Promise.all(view.readers.map((reader, node) => nodeStatus(reader, node, view, recorded)));
  return nodes.flat();
}

/** The schemas of one node in the dimensions that `recorded` has a list for. */
export async function nodeStatus(
  reader: SqlReader,
  node: number,
  { placement, prefix }: Pick<MigrationView, 'placement' | 'prefix'>,
  recorded: RecordedSet,
): Promise<readonly SchemaStatus[]> {
  const targets = targetsOf(placement, node, prefix, recorded.keys());
  const record = await readNodeRecord(reader, targets);
  return targets.map((target) => schemaStatus(target, record, recorded.get(target.dimension) ?? []));
}

/** Throws {@link MigrationAltered} that names each edited migration and where it had landed. */
export function refuseAltered(statuses: readonly SchemaStatus[]): void {
  const altered = statuses.filter((status) => status.altered.length > 0);
  if (altered.length === 0) return;
  const names = [...new Set(altered.flatMap((status) => status.altered))];
  throw new MigrationAltered(
    `a landed migration was changed: ${names.join(', ')} in ${nameSchemas(altered)}. Migrations are immutable: ` +
      'restore its statement and append a new migration for the change',
    { migrations: names, schemas: altered.length },
  );
}

function schemaStatus(target: SchemaTarget, record: NodeRecord, wanted: readonly RecordedMigration[]): SchemaStatus {
  const landed = record.get(target.schema);
  const digests = new Map((landed ?? []).map(({ name, digest }: LandedMigration) => [name, digest]));
  const names = (list: readonly { name: string }[]): string[] => list.map(({ name }) => name);
  const known = new Set(names(wanted));
  return {
    ...target,
    exists: landed !== undefined,
    applied: names(wanted.filter(({ name, digest }) => digests.get(name) === digest)),
    pending: names(wanted.filter(({ name }) => !digests.has(name))),
    altered: names(wanted.filter(({ name, digest }) => digests.has(name) && digests.get(name) !== digest)),
    unknown: [...digests.keys()].filter((name) => !known.has(name)),
  };
}
