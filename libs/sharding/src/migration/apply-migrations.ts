import { OrdoError } from '@ordo/kernel';
import { isConnectionLoss, toOrdoError } from '../node-pool/mysql.errors.js';
import { MigrationFailed } from './migration.errors.js';
import { freeMigrationLock, takeMigrationLock } from './migration-lock.js';
import { nodeStatus, refuseAltered } from './migration-status.js';
import { type NodeDataSource, type NodeRunner, openNode } from './node-data-source.js';
import { type SchemaPlan, schemaPlans } from './plan-migrations.js';
import { type MigrationSet, type RecordedSet, recordMigrations } from './recorded-migration.js';
import { type MigrationPlacement, SCHEMA_PREFIX } from './schema-target.js';

export interface MigrationRun {
  /** mysql:// URLs, index = node. */
  readonly nodeUrls: readonly string[];
  readonly placement: MigrationPlacement;
  readonly migrations: MigrationSet;
  /** Default `ordo_`. */
  readonly prefix?: string;
  /** Schemas of one node that are migrated at the same time; default 4. */
  readonly parallelPerNode?: number;
  /** How long to wait for another run to end; default 15 s, 0 refuses at once. */
  readonly lockWaitMs?: number;
  readonly onProgress?: (progress: MigrationProgress) => void;
}

export type MigrationProgress =
  | { readonly kind: 'waiting'; readonly node: number; readonly holder: string }
  | { readonly kind: 'planned'; readonly schemas: number; readonly pendingSchemas: number }
  | {
      readonly kind: 'applied';
      readonly node: number;
      readonly schema: string;
      readonly done: number;
      readonly total: number;
    };

export interface MigrationOutcome {
  readonly schemas: number;
  readonly migratedSchemas: number;
  readonly appliedMigrations: number;
  readonly elapsedMs: number;
}

/** DDL of different schemas waits for the disk, not for each other; on two cores more than four gained nothing. */
const PARALLEL_PER_NODE = 4;
/** A fresh run over 240 schemas takes seconds: whoever waits this long meets a finished one or one that hangs. */
const LOCK_WAIT_MS = 15_000;

/**
 * Brings every schema up to date: creates what is missing, applies what is pending, records each migration as it lands.
 * Safe to run twice and after an interruption: landed migrations are skipped, and a statement that landed without its
 * record is repeated, which is why migrations are idempotent. Refuses before the first change when a landed migration
 * was altered ({@link MigrationAltered}) or another run is under way ({@link MigrationInProgress}). On a failing
 * statement the schemas in progress end their step, no further one is begun, and {@link MigrationFailed} names the place.
 */
export async function applyMigrations(run: MigrationRun): Promise<MigrationOutcome> {
  const startedMs = performance.now();
  const recorded = await recordMigrations(run.migrations);
  const parallel = run.parallelPerNode ?? PARALLEL_PER_NODE;
  const nodes = await openAll(run.nodeUrls, parallel + 1);
  try {
    const locks = await lockAll(nodes, run);
    const { schemas, plans } = await planLocked(locks, run, recorded);
    const report = progressOf(run, schemas, plans);
    await applyPlans(nodes, plans, parallel, report);
    await Promise.all(locks.map((lock) => freeMigrationLock(lock, run.prefix ?? SCHEMA_PREFIX)));
    await Promise.all(locks.map((lock) => lock.release()));
    return {
      schemas,
      migratedSchemas: plans.length,
      appliedMigrations: plans.reduce((sum, plan) => sum + plan.steps.length, 0),
      elapsedMs: Math.round(performance.now() - startedMs),
    };
  } finally {
    // Ends the connections and with them the locks, also after a failure.
    await Promise.all(nodes.map((node) => node.close()));
  }
}

async function openAll(urls: readonly string[], connections: number): Promise<readonly NodeDataSource[]> {
  const opened = await Promise.allSettled(urls.map((url, node) => openNode(url, node, connections)));
  const nodes = opened.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = opened.find((result) => result.status === 'rejected');
  if (failed === undefined) return nodes;
  await Promise.all(nodes.map((node) => node.close()));
  throw failed.reason;
}

/** One node after the other, so that of two runs one gets all the locks and the other none. */
async function lockAll(nodes: readonly NodeDataSource[], run: MigrationRun): Promise<readonly NodeRunner[]> {
  const locks: NodeRunner[] = [];
  for (const { node, connection } of nodes) {
    const lock = connection();
    await takeMigrationLock(lock, {
      node,
      prefix: run.prefix ?? SCHEMA_PREFIX,
      waitMs: run.lockWaitMs ?? LOCK_WAIT_MS,
      onWait: (holder) => run.onProgress?.({ kind: 'waiting', node, holder }),
    });
    locks.push(lock);
  }
  return locks;
}

async function planLocked(
  locks: readonly NodeRunner[],
  run: MigrationRun,
  recorded: RecordedSet,
): Promise<{ schemas: number; plans: readonly SchemaPlan[] }> {
  const perNode = await Promise.all(locks.map((lock, node) => nodeStatus(lock, node, run, recorded)));
  const statuses = perNode.flat();
  refuseAltered(statuses);
  return { schemas: statuses.length, plans: schemaPlans(statuses, recorded) };
}

function progressOf(run: MigrationRun, schemas: number, plans: readonly SchemaPlan[]): (plan: SchemaPlan) => void {
  let done = 0;
  run.onProgress?.({ kind: 'planned', schemas, pendingSchemas: plans.length });
  return ({ node, schema }) => {
    done += 1;
    run.onProgress?.({ kind: 'applied', node, schema, done, total: plans.length });
  };
}

async function applyPlans(
  nodes: readonly NodeDataSource[],
  plans: readonly SchemaPlan[],
  parallel: number,
  report: (plan: SchemaPlan) => void,
): Promise<void> {
  const queues = nodes.map(({ node }) => plans.filter((plan) => plan.node === node));
  const workers = nodes.flatMap((node, at) =>
    Array.from({ length: parallel }, () => drain(node, queues[at] ?? [], queues, report)),
  );
  const ended = await Promise.allSettled(workers);
  const failed = ended.find((result) => result.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
}

async function drain(
  node: NodeDataSource,
  queue: SchemaPlan[],
  allQueues: readonly SchemaPlan[][],
  report: (plan: SchemaPlan) => void,
): Promise<void> {
  if (queue.length === 0) return;
  const runner = node.connection();
  try {
    for (let plan = queue.shift(); plan !== undefined; plan = queue.shift()) {
      await applyPlan(runner, plan);
      report(plan);
    }
  } catch (error) {
    for (const other of allQueues) other.length = 0;
    throw error;
  } finally {
    await runner.release();
  }
}

async function applyPlan(runner: NodeRunner, plan: SchemaPlan): Promise<void> {
  let step = 'preparing the schema';
  try {
    for (const sql of plan.prepare) await runner.query(sql);
    for (const { name, sql, record } of plan.steps) {
      step = name;
      await runner.query(sql);
      await runner.query(record);
    }
  } catch (error) {
    throw failureOf(error, plan, step);
  }
}

function failureOf(error: unknown, { node, schema }: SchemaPlan, step: string): OrdoError {
  if (isConnectionLoss(error)) return toOrdoError(error, `node-${node}`);
  const reason = error instanceof Error ? error.message : String(error);
  return new MigrationFailed(
    `${schema} on node ${node}, ${step}: ${reason}. What landed is recorded; repair the cause and run again`,
    { node, schema, step },
    error,
  );
}
