import { CREATE_RECORD_TABLE, createSchema, recordLanded, useSchema } from './migration-record.repository.js';
import { type MigrationView, migrationStatus, refuseAltered, type SchemaStatus } from './migration-status.js';
import { type RecordedSet, recordMigrations } from './recorded-migration.js';
import type { Dimension } from './schema-target.js';

/** What has to happen in one schema, in this order: make it, enter it, its record table, each migration and its record. */
export interface SchemaPlan {
  readonly node: number;
  readonly dimension: Dimension;
  readonly schema: string;
  readonly prepare: readonly string[];
  readonly steps: readonly MigrationStep[];
}

export interface MigrationStep {
  readonly name: string;
  readonly sql: string;
  readonly record: string;
}

/** The statements that `applyMigrations` would issue, for review or for a DBA's own hands. Reads only. */
export async function planMigrations(view: MigrationView): Promise<readonly SchemaPlan[]> {
  const statuses = await migrationStatus(view);
  refuseAltered(statuses);
  return schemaPlans(statuses, await recordMigrations(view.migrations));
}

/** Schemas that have everything have no plan. */
export function schemaPlans(statuses: readonly SchemaStatus[], recorded: RecordedSet): readonly SchemaPlan[] {
  return statuses
    .filter((status) => status.pending.length > 0)
    .map(({ node, dimension, schema, exists, pending, applied }) => ({
      node,
      dimension,
      schema,
      prepare: [
        // Asked only when it is missing: a DBA who made the schemas need not grant the right to make more.
        ...(exists ? [] : [createSchema(schema)]),
        useSchema(schema),
        ...(applied.length > 0 ? [] : [CREATE_RECORD_TABLE]),
      ],
      steps: (recorded.get(dimension) ?? [])
        .filter(({ name }) => pending.includes(name))
        .map((migration) => ({ name: migration.name, sql: migration.sql, record: recordLanded(migration) })),
    }));
}

/** One plan as a script for the mysql client. */
export function planText(plan: SchemaPlan): string {
  const steps = plan.steps.flatMap(({ name, sql, record }) => [`-- ${name}`, `${sql};`, `${record};`]);
  return [`-- node ${plan.node}, ${plan.schema}`, ...plan.prepare.map((sql) => `${sql};`), ...steps, ''].join('\n');
}
