/**
 * Commit coalescing for one node (DESIGN §3). While a transaction is in flight, arriving units queue; when it ends, all that wait
 * go out as one transaction, bounded in count and bytes. An idle node adds no delay, a busy one shares fsyncs and round trips.
 *
 * Measured on two cores against MariaDB 10.11 with full durability: one transaction per order 2,600–4,600/s, 32 orders per
 * transaction 18,000–19,000/s.
 */
import { type Clock, InvariantViolation, OrdoError, Transient } from '@ordo/kernel';
import { isConnectionLoss, isDeadlock } from '../node-pool/mysql.errors.js';
import type { NodeConnection, NodePool } from '../node-pool/node-pool.js';
import { type BatchProgress, newProgress, runBatch } from './batch-transaction.js';
import type { ShardUnit } from './shard-unit.js';
import { findCommitted } from './unknown-outcome.js';

export interface TransactionsRecorder {
  batchCommitted(node: string, units: number, tookMs: number): void;
  batchBroken(node: string, reason: 'deadlock' | 'bisected' | 'lost' | 'unknown'): void;
}

export interface NodeWriterOptions {
  /** Transactions in flight at once on this node. More than one overlaps one batch's fsync with the next one's statements. */
  readonly flights: number;
  /** Units per transaction. Beyond some 128 a batch gains little and its neighbours wait longer. */
  readonly maxUnits: number;
  /** Text per transaction, far below the server's 16 MiB packet. */
  readonly maxBatchBytes: number;
  /** Units that may wait; more are refused as OVERLOADED at once instead of waiting past their deadline. */
  readonly maxQueued: number;
  /** A unit is answered within this time of being taken up, and waits no longer than this in the queue (P9: within a second). */
  readonly unitDeadlineMs: number;
}

interface Ticket {
  readonly unit: ShardUnit<unknown>;
  readonly expiresAtMs: number;
  readonly resolve: (verdict: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A deadlock victim was rolled back whole: the same batch may go again at once, a few times, before it is split. */
const MAX_RETRIES = 3;
/** How often expired units are swept out of the queue of a node that does not answer. */
const SWEEP_MS = 50;
/** A suggestion to callers: long enough for a failing node to be marked down, short enough for a person at a checkout. */
const RETRY_AFTER_MS = 300;

export class NodeWriter {
  private queue: Ticket[] = [];
  private inFlight = 0;
  private readonly lockedKeys = new Set<string>();
  private sweeper: NodeJS.Timeout | undefined;
  private idleWaiters: (() => void)[] = [];

  constructor(
    private readonly pool: NodePool,
    private readonly clock: Clock,
    private readonly recorder: TransactionsRecorder,
    private readonly options: NodeWriterOptions,
  ) {}

  submit(unit: ShardUnit<unknown>): Promise<unknown> {
    if (this.queue.length >= this.options.maxQueued) {
      const details = { node: this.pool.name, queued: this.queue.length };
      return Promise.reject(new Transient('OVERLOADED', 'too many writes wait for this node', RETRY_AFTER_MS, details));
    }
    return new Promise((resolve, reject) => {
      const expiresAtMs = this.clock.monotonicMs() + this.options.unitDeadlineMs;
      this.queue.push({ unit, expiresAtMs, resolve, reject });
      this.takeOff();
    });
  }

  get queued(): number {
    return this.queue.length;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void> {
    if (this.queue.length === 0 && this.inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  private takeOff(): void {
    while (this.inFlight < this.options.flights && this.queue.length > 0) {
      const batch = this.nextBatch();
      if (batch.length === 0) return;
      this.inFlight += 1;
      this.startSweeper();
      void this.fly(batch);
    }
  }

  /** The oldest waiting units that fit, at most one per key; the rest keeps its order. */
  private nextBatch(): Ticket[] {
    const batch: Ticket[] = [];
    const left: Ticket[] = [];
    let bytes = 0;
    let next = 0;
    for (; next < this.queue.length && batch.length < this.options.maxUnits; next += 1) {
      const ticket = this.queue[next] as Ticket;
      const { lockKey, sizeBytes } = ticket.unit;
      const tooBig = batch.length > 0 && bytes + sizeBytes > this.options.maxBatchBytes;
      if (tooBig) break;
      if (this.lockedKeys.has(lockKey)) {
        left.push(ticket);
        continue;
      }
      bytes += sizeBytes;
      this.lockedKeys.add(lockKey);
      batch.push(ticket);
    }
    this.queue = [...left, ...this.queue.slice(next)];
    return batch.sort((a, b) => (a.unit.lockKey < b.unit.lockKey ? -1 : 1));
  }

  private async fly(batch: Ticket[]): Promise<void> {
    const deadlineMs = this.clock.monotonicMs() + this.options.unitDeadlineMs;
    try {
      await this.settle(batch, deadlineMs);
    } catch (error) {
      // settle() answers every ticket itself; whatever still escapes must not leave a caller waiting for ever.
      for (const ticket of batch) ticket.reject(error);
    } finally {
      for (const { unit } of batch) this.lockedKeys.delete(unit.lockKey);
      this.inFlight -= 1;
      this.takeOff();
      this.announceIdle();
    }
  }

  /** Runs `batch` until each of its tickets has its own answer. */
  private async settle(batch: readonly Ticket[], deadlineMs: number, retries = 0): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    const progress = newProgress();
    try {
      await this.attempt(batch, progress, deadlineMs);
      this.recorder.batchCommitted(this.pool.name, batch.length, this.clock.monotonicMs() - startedMs);
      this.answer(batch, progress);
    } catch (error) {
      await this.recover(batch, progress, error, deadlineMs, retries);
    }
  }

  private attempt(batch: readonly Ticket[], progress: BatchProgress, deadlineMs: number): Promise<void> {
    const units = batch.map((ticket) => ticket.unit);
    const work = async (connection: NodeConnection): Promise<void> => {
      try {
        await runBatch(connection, units, progress);
      } catch (error) {
        // Before COMMIT the pool rolls back; after it nobody knows what this connection stands in.
        if (progress.committing) connection.destroy();
        throw error;
      }
    };
    return this.pool.use(work, { deadlineMs: Math.max(1, deadlineMs - this.clock.monotonicMs()) });
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
    deadlineMs: number,
    retries: number,
  ): Promise<void> {
    if (progress.committing) return this.resolveUnknown(batch, progress, deadlineMs);
    const timeIsUp = this.clock.monotonicMs() >= deadlineMs;
    if (isConnectionLoss(error) || timeIsUp) {
      return this.lost(batch, error, deadlineMs, retries);
    }
    if (isDeadlock(error) && retries < MAX_RETRIES) {
      this.recorder.batchBroken(this.pool.name, 'deadlock');
      return this.settle(batch, deadlineMs, retries + 1);
    }
    if (batch.length > 1) {
      this.recorder.batchBroken(this.pool.name, 'bisected');
      const middle = batch.length >> 1;
      await this.settle(batch.slice(0, middle), deadlineMs);
      return this.settle(batch.slice(middle), deadlineMs);
    }
    for (const ticket of batch) ticket.reject(this.unitError(error, ticket));
  }

  /** Nothing was committed: go again if there is time, else say so. A node that is down refuses the retry at once. */
  private async lost(batch: readonly Ticket[], error: unknown, deadlineMs: number, retries: number): Promise<void> {
    this.recorder.batchBroken(this.pool.name, 'lost');
    if (retries < MAX_RETRIES && this.clock.monotonicMs() < deadlineMs) {
      return this.settle(batch, deadlineMs, MAX_RETRIES);
    }
    for (const ticket of batch) ticket.reject(this.unavailable(error));
  }

  /** COMMIT was sent and never answered: read back what is there; never send it again blindly. */
  private async resolveUnknown(batch: readonly Ticket[], progress: BatchProgress, deadlineMs: number): Promise<void> {
    this.recorder.batchBroken(this.pool.name, 'unknown');
    const proofs = progress.results.map((result) =>
      'decision' in result ? result.decision.effects?.proof : undefined,
    );
    const committed = await findCommitted(this.pool, proofs, this.clock, deadlineMs).catch(() => undefined);
    if (committed === undefined) {
      const details = { node: this.pool.name };
      const unknown = new Transient('OUTCOME_UNKNOWN', 'the node was lost during COMMIT', RETRY_AFTER_MS, details);
      for (const ticket of batch) ticket.reject(unknown);
    } else if (committed) {
      this.answer(batch, progress);
    } else {
      await this.settle(batch, deadlineMs);
    }
  }

  private unavailable(cause: unknown): Transient {
    if (cause instanceof Transient) return cause;
    const details = { node: this.pool.name };
    return new Transient('NODE_UNAVAILABLE', 'the node does not answer', RETRY_AFTER_MS, details, { cause });
  }

  private unitError(error: unknown, ticket: Ticket): OrdoError {
    if (error instanceof OrdoError) return error;
    const details = { node: this.pool.name, lockKey: ticket.unit.lockKey };
    if (isDeadlock(error))
      return new Transient('WRITE_CONTENDED', 'the row is contended', RETRY_AFTER_MS, details, { cause: error });
    return new InvariantViolation('the database refused a statement of ours', details, { cause: error });
  }

  private startSweeper(): void {
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  private sweep(): void {
    const nowMs = this.clock.monotonicMs();
    const expired = this.queue.filter((ticket) => ticket.expiresAtMs <= nowMs);
    if (expired.length > 0) this.queue = this.queue.filter((ticket) => ticket.expiresAtMs > nowMs);
    for (const ticket of expired) ticket.reject(this.unavailable(undefined));
    this.announceIdle();
  }

  private announceIdle(): void {
    if (this.queue.length > 0 || this.inFlight > 0) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
