/**
 * Runs a batch until each of its tickets has its own answer, whatever the node does meanwhile: deadlocks, statements that it refuses,
 * lost connections, COMMITs without an answer, rows that somebody else holds. Knows nothing of queues.
 */
import { type Clock, InvariantViolation, OrdoError, Transient } from '@ordo/kernel';
import { isConnectionLoss, isDeadlock, isHeld, isQueryDeadline } from '../node-pool/mysql.errors.js';
import type { NodeConnection, NodePool } from '../node-pool/node-pool.js';
import { type BatchProgress, newProgress, runBatch } from './batch-transaction.js';
import { RETRY_AFTER_MS, type Ticket } from './ticket.js';
import { findCommitted } from './unknown-outcome.js';

export interface TransactionsRecorder {
  batchCommitted(node: string, units: number, tookMs: number): void;
  batchBroken(node: string, reason: 'deadlock' | 'held' | 'bisected' | 'lost' | 'unknown'): void;
}

export interface Settling {
  /** Monotonic ms. */
  readonly deadlineMs: number;
  /**
   * Takes over a ticket whose rows another transaction holds; the rest of its batch goes on without it. Left out, the batch waits for
   * locks until its deadline.
   */
  readonly whenHeld?: (ticket: Ticket) => void;
  /** Another transaction had the rows of this ticket a moment ago: an answer that does not come in time says nothing against the node. */
  readonly wasHeld?: boolean;
}

/** A deadlock victim was rolled back whole: the same batch may go again at once, a few times, before it is split. */
const MAX_RETRIES = 3;

export class BatchSettler {
  constructor(
    private readonly pool: NodePool,
    private readonly clock: Clock,
    private readonly recorder: TransactionsRecorder,
  ) {}

  /** Resolves when each ticket of `batch` is answered or given to `whenHeld`. */
  async settle(batch: readonly Ticket[], settling: Settling, retries = 0): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    const progress = newProgress();
    try {
      await this.attempt(batch, progress, settling);
      this.recorder.batchCommitted(this.pool.name, batch.length, this.clock.monotonicMs() - startedMs);
      this.answer(batch, progress);
    } catch (error) {
      await this.recover(batch, progress, error, settling, retries);
    }
  }

  private attempt(batch: readonly Ticket[], progress: BatchProgress, settling: Settling): Promise<void> {
    const units = batch.map((ticket) => ticket.unit);
    const work = async (connection: NodeConnection): Promise<void> => {
      try {
        await runBatch(connection, units, progress, settling.whenHeld === undefined ? 'waits' : 'refuses');
      } catch (error) {
        // Before COMMIT the pool rolls back; after it nobody knows what this connection stands in.
        if (progress.committing) connection.destroy();
        throw error;
      }
    };
    return this.pool.use(work, { deadlineMs: Math.max(1, settling.deadlineMs - this.clock.monotonicMs()) });
  }

  private answer(batch: readonly Ticket[], progress: BatchProgress): void {
    batch.forEach((ticket, index) => {
      const result = progress.results[index];
      if (result === undefined) ticket.reject(new InvariantViolation('a unit left its batch without a result'));
      else if ('refused' in result) ticket.reject(result.refused);
      else ticket.resolve(result.decision.verdict);
    });
  }

  private async recover(
    batch: readonly Ticket[],
    progress: BatchProgress,
    error: unknown,
    settling: Settling,
    retries: number,
  ): Promise<void> {
    if (progress.committing) return this.resolveUnknown(batch, progress, settling);
    if (progress.held !== undefined) return this.goWithout(progress.held, batch, settling);
    const timeIsUp = this.clock.monotonicMs() >= settling.deadlineMs;
    if (isConnectionLoss(error) || timeIsUp) {
      return this.lost(batch, error, settling, retries);
    }
    if (isDeadlock(error) && retries < MAX_RETRIES) {
      this.recorder.batchBroken(this.pool.name, 'deadlock');
      return this.settle(batch, settling, retries + 1);
    }
    if (batch.length > 1) {
      this.recorder.batchBroken(this.pool.name, 'bisected');
      const middle = batch.length >> 1;
      await this.settle(batch.slice(0, middle), settling);
      return this.settle(batch.slice(middle), settling);
    }
    for (const ticket of batch) ticket.reject(this.unitError(error, ticket));
  }

  /** Nothing was committed, and which unit is to blame is known: the others need not be halved to find it. */
  private async goWithout(held: number, batch: readonly Ticket[], settling: Settling): Promise<void> {
    this.recorder.batchBroken(this.pool.name, 'held');
    settling.whenHeld?.(batch[held] as Ticket);
    const rest = batch.filter((_, index) => index !== held);
    if (rest.length > 0) await this.settle(rest, settling);
  }

  /** Nothing was committed: go again if there is time, else say so. A node that is down refuses the retry at once. */
  private async lost(batch: readonly Ticket[], error: unknown, settling: Settling, retries: number): Promise<void> {
    this.recorder.batchBroken(this.pool.name, 'lost');
    if (isHeld(error) || (settling.wasHeld === true && isQueryDeadline(error))) {
      for (const ticket of batch) ticket.reject(this.contended(ticket, error));
      return;
    }
    if (retries < MAX_RETRIES && this.clock.monotonicMs() < settling.deadlineMs) {
      return this.settle(batch, settling, MAX_RETRIES);
    }
    for (const ticket of batch) ticket.reject(this.unavailable(error));
  }

  /** COMMIT was sent and never answered: read back what is there; never send it again blindly. */
  private async resolveUnknown(batch: readonly Ticket[], progress: BatchProgress, settling: Settling): Promise<void> {
    this.recorder.batchBroken(this.pool.name, 'unknown');
    const proofs = progress.results.map((result) =>
      'decision' in result ? result.decision.effects?.proof : undefined,
    );
    const committed = await findCommitted(this.pool, proofs, this.clock, settling.deadlineMs).catch(() => undefined);
    if (committed === undefined) {
      const details = { node: this.pool.name };
      const unknown = new Transient('OUTCOME_UNKNOWN', 'the node was lost during COMMIT', RETRY_AFTER_MS, details);
      for (const ticket of batch) ticket.reject(unknown);
    } else if (committed) {
      this.answer(batch, progress);
    } else {
      await this.settle(batch, settling);
    }
  }

  /** The answer to a unit whose row another transaction has held until the unit's deadline. Nothing was written. */
  contended({ unit }: Ticket, cause?: unknown): Transient {
    const details = { node: this.pool.name, lockKey: unit.lockKey };
    return new Transient('WRITE_CONTENDED', 'another transaction holds the row', RETRY_AFTER_MS, details, { cause });
  }

  unavailable(cause: unknown): Transient {
    if (cause instanceof Transient) return cause;
    const details = { node: this.pool.name };
    return new Transient('NODE_UNAVAILABLE', 'the node does not answer', RETRY_AFTER_MS, details, { cause });
  }

  private unitError(error: unknown, ticket: Ticket): OrdoError {
    if (error instanceof OrdoError) return error;
    if (isDeadlock(error)) return this.contended(ticket, error);
    const details = { node: this.pool.name, lockKey: ticket.unit.lockKey };
    return new InvariantViolation('the database refused a statement of ours', details, { cause: error });
  }
}
