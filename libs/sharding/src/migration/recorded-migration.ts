import { createHash } from 'node:crypto';
import { InvariantViolation, invariant } from '@ordo/kernel';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Dimension } from './schema-target.js';

export type MigrationClass = new () => MigrationInterface;

/** What is applied where, in order: one list per dimension. A dimension without a list is left alone. The apps bring `@ordo/migrations`. */
export type MigrationSet = Readonly<Partial<Record<Dimension, readonly MigrationClass[]>>>;
export type RecordedSet = ReadonlyMap<Dimension, readonly RecordedMigration[]>;

export interface RecordedMigration {
  readonly name: string;
  /** The one statement that the migration issues: what is planned, applied and digested is the same text. */
  readonly sql: string;
  /** sha256 (hex) of the statement without its indentation. */
  readonly digest: string;
}

const COLUMN_BYTES = 128;

/** Runs every `up` against a runner that writes down instead of asking a server. Throws for a list that breaks the rules. */
export async function recordMigrations(set: MigrationSet): Promise<RecordedSet> {
  const lists = Object.entries(set) as [Dimension, readonly MigrationClass[]][];
  const recorded = lists.map(async ([dimension, list]) => [dimension, await recordList(dimension, list)] as const);
  return new Map(await Promise.all(recorded));
}

async function recordList(dimension: Dimension, classes: readonly MigrationClass[]): Promise<RecordedMigration[]> {
  const recorded = await Promise.all(classes.map((migration) => recordOne(migration)));
  recorded.forEach((migration, at) => {
    const before = recorded[at - 1];
    invariant(
      before === undefined || before.name < migration.name,
      `the ${dimension} migrations are not in the order of their names: ${before?.name} stands before ${migration.name}`,
    );
  });
  return recorded;
}

async function recordOne(migrationClass: MigrationClass): Promise<RecordedMigration> {
  const migration = new migrationClass();
  const name = migration.name ?? '';
  invariant(
    name !== '' && name.length <= COLUMN_BYTES,
    `migration ${migrationClass.name} needs a name of 1 to ${COLUMN_BYTES} characters`,
  );
  const statements: string[] = [];
  await migration.up(recordingRunner(name, statements));
  const [sql, ...more] = statements;
  invariant(
    sql !== undefined && more.length === 0,
    `migration ${name} issues ${statements.length} statements, not one: MySQL commits DDL implicitly, so two could land by halves`,
  );
  return { name, sql: dedented(sql), digest: digestOf(sql) };
}

/** A QueryRunner on which only `query(sql)` exists: what a migration reads would differ from shard to shard. */
function recordingRunner(name: string, statements: string[]): QueryRunner {
  const query = (sql: string, parameters?: unknown): Promise<unknown> => {
    invariant(parameters === undefined, `migration ${name} passes parameters: write the values into the statement`);
    statements.push(sql);
    return Promise.resolve([]);
  };
  const runner = new Proxy(
    { query },
    {
      get(target, member) {
        if (member === 'query') return target.query;
        throw new InvariantViolation(
          `migration ${name} uses ${String(member)} of the query runner; only query(sql) is allowed`,
        );
      },
    },
  );
  return runner as unknown as QueryRunner;
}

/** Indentation is not part of the digest, so that a formatter never alters a landed migration. */
function digestOf(sql: string): string {
  return createHash('sha256').update(sql.replace(/\s+/g, ' ').trim()).digest('hex');
}

function dedented(sql: string): string {
  const lines = sql.split('\n').filter((line) => line.trim() !== '');
  const [first = '', ...rest] = lines;
  // The statement starts on the line of its opening quote (nothing to cut there) or on the next one.
  const indented = first.startsWith(' ') || rest.length === 0 ? lines : rest;
  const margin = Math.min(...indented.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => (line.startsWith(' ') ? line.slice(margin) : line)).join('\n');
}
