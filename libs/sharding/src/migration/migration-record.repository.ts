import { quote } from '../sql-text/literal.js';
import type { RecordedMigration } from './recorded-migration.js';
import type { SchemaTarget } from './schema-target.js';

/**
 * The record of what has landed: one table in each schema, beside what it speaks of, so that a schema which is moved
 * or restored brings its own record along.
 */

/** Anything that answers SQL of one node: a `NodePool`, a query runner. */
export interface SqlReader {
  query<T>(sql: string, options?: { readonly deadlineMs?: number }): Promise<T>;
}

export interface LandedMigration {
  readonly name: string;
  readonly digest: string;
}

/** What a node holds: landed migrations per schema; a schema that does not exist is absent. */
export type NodeRecord = ReadonlyMap<string, readonly LandedMigration[]>;

export const CREATE_RECORD_TABLE = `CREATE TABLE IF NOT EXISTS ordo_migration (
  name VARCHAR(128) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  digest CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'sha256 of the statement: a landed migration never changes',
  applied_at DATETIME(3) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (name)
) ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin COMMENT='which migrations this schema has'`;

/** 121 tables are opened at once; cold, on a busy disk, that takes longer than a query of the hot path may. */
const STATUS_DEADLINE_MS = 20_000;

export function createSchema(schema: string): string {
  return `CREATE DATABASE IF NOT EXISTS \`${schema}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`;
}

export function useSchema(schema: string): string {
  return `USE \`${schema}\``;
}

/** After the statement, never before it: a run that dies in between repeats an idempotent statement instead of skipping it. */
export function recordLanded(migration: RecordedMigration): string {
  return `INSERT INTO ordo_migration (name, digest, applied_at) VALUES (${quote(migration.name)}, ${quote(migration.digest)}, UTC_TIMESTAMP(3))`;
}

/** Reads one node's record in three statements, however many schemas it has. */
export async function readNodeRecord(reader: SqlReader, targets: readonly SchemaTarget[]): Promise<NodeRecord> {
  const options = { deadlineMs: STATUS_DEADLINE_MS };
  const record = new Map<string, LandedMigration[]>();
  // An app whose only schema lies on another node.
  if (targets.length === 0) return record;
  const schemas = targets.map(({ schema }) => quote(schema)).join(', ');
  const existing = await reader.query<readonly { schemaName: string }[]>(
    `SELECT schema_name AS schemaName FROM information_schema.schemata WHERE schema_name IN (${schemas})`,
    options,
  );
  for (const { schemaName } of existing) record.set(schemaName, []);
  const recorded = await reader.query<readonly { schemaName: string }[]>(
    `SELECT table_schema AS schemaName FROM information_schema.tables WHERE table_name = 'ordo_migration' AND table_schema IN (${schemas})`,
    options,
  );
  if (recorded.length === 0) return record;
  const landed = await reader.query<readonly (LandedMigration & { schemaName: string })[]>(
    recorded.map(({ schemaName }) => selectLanded(schemaName)).join(' UNION ALL '),
    options,
  );
  for (const { schemaName, name, digest } of landed) record.get(schemaName)?.push({ name, digest });
  return record;
}

function selectLanded(schema: string): string {
  return `SELECT ${quote(schema)} AS schemaName, name, digest FROM \`${schema}\`.ordo_migration`;
}
