/**
 * The runner on the two real nodes, with small lists of its own, three shards per dimension and a prefix of its own, so
 * that it neither waits for nor disturbs the schemas of the platform.
 */
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { NodePools } from '../node-pool/node-pools.js';
import { applyMigrations, type MigrationRun } from './apply-migrations.js';
import { assertSchemasCurrent } from './assert-schemas-current.js';
import { migrationStatus } from './migration-status.js';
import { planMigrations, planText } from './plan-migrations.js';
import type { MigrationClass, MigrationSet } from './recorded-migration.js';
import { type MigrationPlacement, targetsOf } from './schema-target.js';

const PREFIX = 'spec_ordo_';
const urls = nodeUrls();
const pools = new NodePools(urls, { connectionLimit: 4 });
const placement: MigrationPlacement = {
  nodeCount: 2,
  userShardsOf: (node) => (node === 0 ? [0, 2] : [1]),
  merchantShardsOf: (node) => (node === 0 ? [1] : [0, 2]),
};
const SCHEMA_COUNT = 9;

const orders = issuing('0001-orders', 'CREATE TABLE IF NOT EXISTS orders (id BIGINT NOT NULL PRIMARY KEY)');
const notes = issuing('0002-notes', 'CREATE TABLE IF NOT EXISTS notes (id BIGINT NOT NULL PRIMARY KEY)');
const outbox = issuing('0001-outbox', 'CREATE TABLE IF NOT EXISTS outbox (id BIGINT NOT NULL PRIMARY KEY)');
const first: MigrationSet = { user: [orders], merchant: [orders], node: [outbox], control: [] };
const second: MigrationSet = { ...first, user: [orders, notes] };

const view = (migrations: MigrationSet) => ({ readers: pools.all, placement, migrations, prefix: PREFIX });
const apply = (migrations: MigrationSet, more: Partial<MigrationRun> = {}) =>
  applyMigrations({ nodeUrls: urls, placement, migrations, prefix: PREFIX, ...more });

beforeEach(dropAll);
afterAll(async () => {
  await dropAll();
  await pools.close();
});

describe('migrations', () => {
  it('make every schema and table of a fresh platform and record what landed', async () => {
    const outcome = await apply(second);
    expect(outcome).toMatchObject({ schemas: SCHEMA_COUNT, migratedSchemas: SCHEMA_COUNT - 1, appliedMigrations: 11 });
    const statuses = await migrationStatus(view(second));
    expect(statuses.filter(({ pending, altered }) => pending.length + altered.length > 0)).toEqual([]);
    expect(await tablesOf(0, 'spec_ordo_user_002')).toEqual(['notes', 'orders', 'ordo_migration']);
    expect(await tablesOf(1, 'spec_ordo_node')).toEqual(['ordo_migration', 'outbox']);
  });

  it('issue no statement when they run a second time', async () => {
    await apply(first);
    const before = await recordTimes();
    expect(await apply(first)).toMatchObject({ migratedSchemas: 0, appliedMigrations: 0 });
    expect(await recordTimes()).toEqual(before);
  });

  it('go on where an interrupted run stopped, also when a statement landed without its record', async () => {
    await apply(first);
    await pools.at(0).query('DELETE FROM spec_ordo_user_000.ordo_migration');
    await pools.at(1).query('DROP DATABASE spec_ordo_user_001');
    expect(await apply(first)).toMatchObject({ migratedSchemas: 2, appliedMigrations: 2 });
    await expect(assertSchemasCurrent(view(first))).resolves.toMatchObject({ unreachableNodes: [] });
  });

  it('keep what landed before a statement that fails, and name its schema and step', async () => {
    const broken = issuing('0002-broken', 'CREATE TABLE IF NOT EXISTS broken (id NO_SUCH_TYPE)');
    const failing = apply({ ...first, node: [outbox, broken] });
    await expect(failing).rejects.toMatchObject({ code: 'MIGRATION_FAILED', details: { step: '0002-broken' } });
    await expect(failing).rejects.toThrow(/spec_ordo_node on node [01], 0002-broken/);
    const statuses = await migrationStatus(view({ ...first, node: [outbox, broken] }));
    expect(statuses.find(({ dimension }) => dimension === 'node')).toMatchObject({
      applied: ['0001-outbox'],
      pending: ['0002-broken'],
    });
    expect(await apply(first)).toMatchObject({ schemas: SCHEMA_COUNT });
  });

  it('are refused, before anything is changed, when a landed one was edited', async () => {
    await apply(first);
    const edited = issuing('0001-orders', 'CREATE TABLE IF NOT EXISTS orders (id BIGINT NOT NULL PRIMARY KEY, x INT)');
    const tampered: MigrationSet = { ...first, merchant: [edited, notes] };
    await expect(apply(tampered)).rejects.toMatchObject({ code: 'MIGRATION_ALTERED' });
    await expect(apply(tampered)).rejects.toThrow(/0001-orders in spec_ordo_merchant_000…002/);
    expect(await tablesOf(1, 'spec_ordo_merchant_000')).toEqual(['orders', 'ordo_migration']);
    await expect(planMigrations(view(tampered))).rejects.toMatchObject({ code: 'MIGRATION_ALTERED' });
  });

  it('of a newer version do not disturb the status of an older one', async () => {
    await apply(second);
    const statuses = await migrationStatus(view(first));
    expect(statuses[0]).toMatchObject({ pending: [], altered: [], unknown: ['0002-notes'] });
    await expect(assertSchemasCurrent(view(first))).resolves.toMatchObject({ checkedSchemas: SCHEMA_COUNT });
  });
});

describe('the plan of migrations', () => {
  it('is the SQL of each schema in order, and changes nothing', async () => {
    const plans = await planMigrations(view(first));
    const text = planText(plans.find(({ schema }) => schema === 'spec_ordo_user_001') ?? plans[0]!);
    expect(text).toMatch(
      /^-- node 1, spec_ordo_user_001\nCREATE DATABASE[^;]+;\nUSE `spec_ordo_user_001`;\nCREATE TABLE/,
    );
    expect(text).toMatch(/orders \(id BIGINT NOT NULL PRIMARY KEY\);\nINSERT INTO ordo_migration/);
    expect((await migrationStatus(view(first))).every(({ exists }) => !exists)).toBe(true);
  });

  it('leaves out what has landed', async () => {
    await apply(first);
    const plans = await planMigrations(view(second));
    expect(plans.map(({ schema }) => schema)).toEqual([
      'spec_ordo_user_000',
      'spec_ordo_user_002',
      'spec_ordo_user_001',
    ]);
    expect(plans[0]?.prepare).toEqual(['USE `spec_ordo_user_000`']);
    expect(plans[0]?.steps.map(({ name }) => name)).toEqual(['0002-notes']);
  });
});

describe('the boot of an application', () => {
  it('is refused while a shard is behind, and the refusal names the shards', async () => {
    await apply(first);
    await pools.at(0).query('DELETE FROM spec_ordo_merchant_001.ordo_migration');
    await expect(assertSchemasCurrent(view(second))).rejects.toMatchObject({ code: 'SCHEMAS_BEHIND' });
    await expect(assertSchemasCurrent(view(second))).rejects.toThrow(
      /4 of 9 schemas are behind: spec_ordo_user_000…002, spec_ordo_merchant_001\. Run `npm run ordo -- migrate up`/,
    );
  });

  it('goes on without a node that is down and says which', async () => {
    await apply(first);
    const halfDead = new NodePools([urls[0]!, 'mysql://nobody@127.0.0.1:1']);
    try {
      const check = await assertSchemasCurrent({ ...view(first), readers: halfDead.all });
      expect(check).toEqual({ checkedSchemas: 5, unreachableNodes: [1] });
    } finally {
      await halfDead.close();
    }
  });
});

describe('two runs at once', () => {
  it('apply every migration once between them: the second waits for the first', async () => {
    const outcomes = await Promise.all([apply(second), apply(second)]);
    expect(outcomes.reduce((sum, { appliedMigrations }) => sum + appliedMigrations, 0)).toBe(11);
  });

  it('end with a refusal that names the holder of the lock when the first takes too long', async () => {
    await pools.at(1).use(async (holder) => {
      await holder.query(`SELECT GET_LOCK('${PREFIX}migration', 0)`);
      const waiting: string[] = [];
      const run = apply(first, {
        lockWaitMs: 0,
        onProgress: (progress) => void (progress.kind === 'waiting' && waiting.push(progress.holder)),
      });
      await expect(run).rejects.toThrow(/another migration run holds the lock of node 1 \(connection \d+ from /);
      await expect(run).rejects.toMatchObject({ code: 'MIGRATION_IN_PROGRESS', family: 'transient' });
      expect(waiting).toHaveLength(1);
      await holder.query(`SELECT RELEASE_LOCK('${PREFIX}migration')`);
    });
    expect(await apply(first)).toMatchObject({ migratedSchemas: SCHEMA_COUNT - 1 });
  });
});

function issuing(name: string, sql: string): MigrationClass {
  return class implements MigrationInterface {
    readonly name = name;
    up = (runner: QueryRunner): Promise<unknown> => runner.query(sql);
    down = (): Promise<unknown> => Promise.resolve();
  };
}

function nodeUrls(): readonly string[] {
  const text = process.env['ORDO_MYSQL_NODES'];
  if (text === undefined)
    throw new Error('ORDO_MYSQL_NODES is not set: run `npm test`, or `npm run stack -- up --profile test`');
  return text.split(',');
}

async function tablesOf(node: number, schema: string): Promise<readonly string[]> {
  const rows = await pools
    .at(node)
    .query<readonly { name: string }[]>(
      `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${schema}' ORDER BY table_name`,
    );
  return rows.map(({ name }) => name);
}

function recordTimes(): Promise<unknown> {
  return pools.at(0).query('SELECT name, applied_at FROM spec_ordo_user_000.ordo_migration ORDER BY name');
}

async function dropAll(): Promise<void> {
  const drops = pools.all.flatMap((pool, node) =>
    targetsOf(placement, node, PREFIX).map(({ schema }) =>
      pool.query(`DROP DATABASE IF EXISTS ${schema}`, { deadlineMs: 10_000 }),
    ),
  );
  await Promise.all(drops);
}
