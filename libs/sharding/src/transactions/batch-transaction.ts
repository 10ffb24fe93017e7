/**
 * One transaction for many units: open all, decide each, apply all effects and COMMIT. Knows nothing of queues or retries; it only
 * says how far it got, because what may be done after a failure depends on whether COMMIT may have been run.
 */
import { InvariantViolation, OrdoError } from '@ordo/kernel';
import { failedStatementOf, isHeld } from '../node-pool/mysql.errors.js';
import type { NodeConnection } from '../node-pool/node-pool.js';
import { affectedRowsOf, type Decision, type Effects, type ShardUnit } from './shard-unit.js';
import { withoutWaiting } from './without-waiting.js';

/** How one unit came out of a batch that did not fail as a whole. */
export type UnitResult = { readonly decision: Decision<unknown> } | { readonly refused: unknown };

export interface BatchProgress {
  /** Set once COMMIT is on the wire, until the server is known to have stopped before it: a lost connection means "unknown". */
  committing: boolean;
  results: UnitResult[];
  /** The unit that did not get its locks because another transaction has them; only where the batch was not to wait for any. */
  held?: number;
}

export const newProgress = (): BatchProgress => ({ committing: false, results: [] });

/** Whether a unit's opening waits for locks that others hold, or breaks the batch at once and is named by `progress.held`. */
export type LockWait = 'waits' | 'refuses';

/**
 * Runs `units` in one transaction on `connection`. Resolves after COMMIT returned (or after ROLLBACK when no unit had effects).
 * On any throw the caller rolls back or destroys the connection; `progress.committing` tells whether the outcome is known.
 */
export async function runBatch(
  connection: NodeConnection,
  units: readonly ShardUnit<unknown>[],
  progress: BatchProgress,
  lockWait: LockWait,
): Promise<void> {
  const opened = await (lockWait === 'waits' ? openAll(connection, units) : openFree(connection, units, progress));
  progress.results = units.map((unit, index) => decideOne(unit, opened[index] ?? []));
  const effects = progress.results.flatMap((result) =>
    'decision' in result && result.decision.effects !== undefined ? [result.decision.effects] : [],
  );
  if (effects.length === 0) {
    await connection.query('ROLLBACK');
    return;
  }
  await commitAll(connection, effects, progress);
}

async function openFree(
  connection: NodeConnection,
  units: readonly ShardUnit<unknown>[],
  progress: BatchProgress,
): Promise<unknown[][]> {
  try {
    return await openAll(connection, units, withoutWaiting);
  } catch (error) {
    const held = isHeld(error) ? unitOfStatement(units, failedStatementOf(error)) : undefined;
    if (held !== undefined) progress.held = held;
    throw error;
  }
}

/** `statement` counts from START TRANSACTION, which is 0. Of one unit alone it is known even if the driver does not tell. */
function unitOfStatement(units: readonly ShardUnit<unknown>[], statement: number | undefined): number | undefined {
  if (units.length === 1) return 0;
  if (statement === undefined) return undefined;
  let next = 1;
  const index = units.findIndex((unit) => {
    next += unit.open.length;
    return statement < next;
  });
  return index < 0 ? undefined : index;
}

async function openAll(
  connection: NodeConnection,
  units: readonly ShardUnit<unknown>[],
  form: (statement: string) => string = (statement) => statement,
): Promise<unknown[][]> {
  const statements = units.flatMap((unit) => unit.open.map(form));
  // START TRANSACTION makes this a multi-statement packet in every case, so that the answer is always a list.
  const results = await connection.query<unknown[]>(`START TRANSACTION;${statements.join(';')}`);
  let next = 1;
  return units.map((unit) => {
    const own = results.slice(next, next + unit.open.length);
    next += unit.open.length;
    return own;
  });
}

function decideOne(unit: ShardUnit<unknown>, opened: readonly unknown[]): UnitResult {
  try {
    return { decision: unit.decide(opened) };
  } catch (refused) {
    if (refused instanceof OrdoError) return { refused };
    return {
      refused: new InvariantViolation('a unit could not decide', { lockKey: unit.lockKey }, { cause: refused }),
    };
  }
}

/**
 * Applies and commits. Plain inserts write all of their rows or are an error, so COMMIT goes in their packet: 8 % less of a placement's time in
 * the database and 18 % less CPU here. The rows of updates have to be counted before it; counted by the server, in the same packet, it took as
 * long as with the round trip.
 */
async function commitAll(connection: NodeConnection, all: readonly Effects[], progress: BatchProgress): Promise<void> {
  const updates = all.flatMap((each) => each.updates);
  const inserts = insertsOf(all);
  if (updates.length === 0) return commitInserts(connection, inserts, progress);
  await applyAndCount(connection, updates, inserts);
  progress.committing = true;
  await connection.query('COMMIT');
}

async function commitInserts(
  connection: NodeConnection,
  inserts: readonly string[],
  progress: BatchProgress,
): Promise<void> {
  progress.committing = true;
  try {
    await connection.query([...inserts, 'COMMIT'].join(';'));
  } catch (error) {
    const failed = failedStatementOf(error);
    // Whoever was refused a statement in front of COMMIT knows that nothing was committed; nobody else does.
    progress.committing = failed === undefined || failed >= inserts.length;
    throw error;
  }
}

function insertsOf(all: readonly Effects[]): readonly string[] {
  const rowsByTable = new Map<string, string[]>();
  for (const { into, row } of all.flatMap((each) => each.inserts)) {
    const rows = rowsByTable.get(into);
    if (rows === undefined) rowsByTable.set(into, [row]);
    else rows.push(row);
  }
  return [...rowsByTable].map(([into, rows]) => `${into} VALUES ${rows.join(',')}`);
}

async function applyAndCount(
  connection: NodeConnection,
  updates: readonly string[],
  inserts: readonly string[],
): Promise<void> {
  // DO 0 makes this a multi-statement packet in every case, so that the answer is always a list.
  const results = await connection.query<unknown[]>(['DO 0', ...updates, ...inserts].join(';'));
  updates.forEach((statement, index) => {
    const changed = affectedRowsOf(results[index + 1]);
    if (changed === 1) return;
    throw new InvariantViolation('an update of a batch changed another number of rows than one', {
      changed,
      statement: statement.slice(0, 80),
    });
  });
}
