/**
 * One transaction for many units: open all, decide each, apply all effects, COMMIT. Knows nothing of queues or retries; it only
 * says how far it got, because what may be done after a failure depends on whether COMMIT had been sent.
 */
import { InvariantViolation, OrdoError } from '@ordo/kernel';
import { failedStatementOf, isHeld } from '../node-pool/mysql.errors.js';
import type { NodeConnection } from '../node-pool/node-pool.js';
import { affectedRowsOf, type Decision, type Effects, type ShardUnit } from './shard-unit.js';
import { withoutWaiting } from './without-waiting.js';

/** How one unit came out of a batch that did not fail as a whole. */
export type UnitResult = { readonly decision: Decision<unknown> } | { readonly refused: unknown };

export interface BatchProgress {
  /** Set once COMMIT is on the wire: from here on a lost connection means "unknown". */
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
  await applyAll(connection, effects);
  progress.committing = true;
  await connection.query('COMMIT');
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

async function applyAll(connection: NodeConnection, effects: readonly Effects[]): Promise<void> {
  const updates = effects.flatMap((each) => each.updates);
  const inserts = new Map<string, string[]>();
  for (const { into, row } of effects.flatMap((each) => each.inserts)) {
    const rows = inserts.get(into);
    if (rows === undefined) inserts.set(into, [row]);
    else rows.push(row);
  }
  const statements = [...updates, ...[...inserts].map(([into, rows]) => `${into} VALUES ${rows.join(',')}`)];
  const expected = [...updates.map(() => 1), ...[...inserts.values()].map((rows) => rows.length)];
  // DO 0 for the same reason as above: one statement alone would answer without a list.
  const results = await connection.query<unknown[]>(`DO 0;${statements.join(';')}`);
  expected.forEach((rows, index) => {
    const changed = affectedRowsOf(results[index + 1]);
    if (changed === rows) return;
    throw new InvariantViolation('a statement of a batch changed another number of rows than it must', {
      expected: rows,
      changed,
      statement: statements[index]?.slice(0, 80),
    });
  });
}
