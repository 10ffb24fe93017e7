import { migrations } from '@ordo/migrations';
import { applyMigrations, migrationStatus, planMigrations, planText, SCHEMA_PREFIX } from '@ordo/sharding';
import { type Command, InvalidArgumentError } from 'commander';
import { nodesOfEnvironment, withPools } from '../terminal/nodes.js';
import { print, tell } from '../terminal/print.js';
import { migrationProgress } from './migration-progress.js';
import { statusReport } from './status-report.js';

interface PrefixOption {
  readonly prefix: string;
}

/** `migrate up | status | plan`. Only `up` changes anything; `status` ends with code 2 when a schema is behind or altered. */
export function registerMigrate(program: Command): void {
  const migrate = program.command('migrate').description('bring the schemas of every node up to date');
  const withPrefix = (name: string, description: string): Command =>
    migrate
      .command(name)
      .description(description)
      .option('--prefix <text>', 'schema name prefix', checkedPrefix, SCHEMA_PREFIX);
  withPrefix('up', 'create what is missing and apply what is pending; safe to repeat').action(migrateUp);
  withPrefix('status', 'what is applied and what is pending, per dimension').action(migrateStatus);
  withPrefix('plan', 'print the SQL that `up` would run')
    .option('--node <index>', 'of one node alone, as a script for its mysql client', checkedNode)
    .action(migratePlan);
}

async function migrateUp({ prefix }: PrefixOption): Promise<void> {
  const { urls, placement } = nodesOfEnvironment();
  const outcome = await applyMigrations({
    nodeUrls: urls,
    placement,
    migrations,
    prefix,
    onProgress: migrationProgress(tell),
  });
  const seconds = (outcome.elapsedMs / 1000).toFixed(1);
  print(
    outcome.appliedMigrations === 0
      ? `nothing to do: ${outcome.schemas} schemas on ${urls.length} nodes are current (${seconds} s)`
      : `applied ${outcome.appliedMigrations} migrations to ${outcome.migratedSchemas} of ${outcome.schemas} schemas on ${urls.length} nodes in ${seconds} s`,
  );
}

async function migrateStatus({ prefix }: PrefixOption): Promise<void> {
  const statuses = await withPools((pools, placement) =>
    migrationStatus({ readers: pools.all, placement, migrations, prefix }),
  );
  const { lines, isCurrent } = statusReport(statuses);
  for (const line of lines) print(line);
  if (!isCurrent) process.exitCode = 2;
}

interface PlanOption extends PrefixOption {
  readonly node?: number;
}

async function migratePlan({ prefix, node }: PlanOption): Promise<void> {
  const all = await withPools((pools, placement) =>
    planMigrations({ readers: pools.all, placement, migrations, prefix }),
  );
  const plans = all.filter((plan) => node === undefined || plan.node === node);
  for (const plan of plans) print(planText(plan));
  tell(plans.length === 0 ? 'nothing is pending' : `${plans.length} schemas have pending migrations`);
}

function checkedPrefix(text: string): string {
  if (!/^[a-z][a-z0-9_]{0,29}_$/.test(text)) throw new InvalidArgumentError('letters, digits and _, ending in _');
  return text;
}

function checkedNode(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('a node index, 0 for the first URL of ORDO_MYSQL_NODES');
  return Number(text);
}
