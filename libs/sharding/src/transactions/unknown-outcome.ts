/**
 * Reading back a COMMIT whose answer was lost. A batch is one transaction, so one proof that is found decides for all of its
 * units. All are asked, because a row that another writer has changed since no longer carries this batch's mark.
 */
import { type Clock, Transient } from '@ordo/kernel';
import { isConnectionLoss } from '../node-pool/mysql.errors.js';
import type { NodePool } from '../node-pool/node-pool.js';

/** Between two attempts to reach a node that has just been lost. */
const PAUSE_MS = 60;
/** One attempt is worth making even when the deadline has passed: the answer saves the caller a retry. */
const LAST_ATTEMPT_MS = 100;

/**
 * Whether the transaction behind `proofs` committed. Every proof locks, so it waits for a COMMIT that is still under way.
 * Throws when the node cannot be asked before `deadlineMs` (monotonic).
 */
export async function findCommitted(
  pool: NodePool,
  proofs: readonly (string | undefined)[],
  clock: Clock,
  deadlineMs: number,
): Promise<boolean> {
  const asked = proofs.filter((proof) => proof !== undefined);
  for (;;) {
    try {
      const leftMs = Math.max(LAST_ATTEMPT_MS, deadlineMs - clock.monotonicMs());
      return await askAll(pool, asked, leftMs);
    } catch (error) {
      const unreachable = isConnectionLoss(error) || error instanceof Transient;
      if (!unreachable || clock.monotonicMs() + PAUSE_MS >= deadlineMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}

async function askAll(pool: NodePool, proofs: readonly string[], deadlineMs: number): Promise<boolean> {
  const results = await pool.query<unknown[][]>(`START TRANSACTION;${proofs.join(';')};COMMIT`, { deadlineMs });
  return proofs.some((_, index) => (results[index + 1] ?? []).length > 0);
}
