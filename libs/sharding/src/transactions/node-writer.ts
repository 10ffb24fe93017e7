/**
 * Commit coalescing for one node (DESIGN §3). While a transaction is in flight, arriving units queue; when it ends, all that wait
 * go out as one transaction, bounded in count and bytes. An idle node adds no delay, a busy one shares fsyncs and round trips.
 *
 * Measured on two cores against MariaDB 10.11 with full durability: one transaction per order 2,600–4,600/s, 32 orders per
 * transaction 18,000–19,000/s.
 */
import { type Clock, Transient } from '@ordo/kernel';
import type { NodePool } from '../node-pool/node-pool.js';
import { BatchSettler, type TransactionsRecorder } from './batch-settler.js';
import { HeldUnits } from './held-units.js';
import type { ShardUnit } from './shard-unit.js';
import { RETRY_AFTER_MS, type Ticket } from './ticket.js';

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

/** How often expired units are swept out of the queue of a node that does not answer. */
const SWEEP_MS = 50;

export class NodeWriter {
  private queue: Ticket[] = [];
  private inFlight = 0;
  /** The keys of units whose row another transaction holds. */
  private readonly asideKeys = new Set<string>();
  private readonly lockedKeys = new Set<string>();
  private sweeper: NodeJS.Timeout | undefined;
  private idleWaiters: (() => void)[] = [];
  private readonly settler: BatchSettler;
  private readonly held: HeldUnits;

  constructor(
    private readonly pool: NodePool,
    private readonly clock: Clock,
    recorder: TransactionsRecorder,
    private readonly options: NodeWriterOptions,
  ) {
    this.settler = new BatchSettler(pool, clock, recorder);
    this.held = new HeldUnits(this.settler, clock);
  }

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

  private get isIdle(): boolean {
    return this.queue.length === 0 && this.inFlight === 0 && this.asideKeys.size === 0;
  }

  /** Resolves when nothing waits and nothing is in flight. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
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
    const own = new Set(batch);
    const whenHeld = (ticket: Ticket): void => {
      own.delete(ticket);
      void this.setAside(ticket, deadlineMs);
    };
    try {
      await this.settler.settle(batch, { deadlineMs, whenHeld });
    } catch (error) {
      // settle() answers every ticket itself; whatever still escapes must not leave a caller waiting for ever.
      for (const ticket of own) ticket.reject(error);
    } finally {
      for (const { unit } of own) this.lockedKeys.delete(unit.lockKey);
      this.inFlight -= 1;
      this.takeOff();
      this.announceIdle();
    }
  }

  /** A held unit waits beside the flights, its key locked: those of the same key stay behind it, all others go on. */
  private async setAside(ticket: Ticket, deadlineMs: number): Promise<void> {
    const { lockKey } = ticket.unit;
    this.asideKeys.add(lockKey);
    try {
      await this.held.settle(ticket, deadlineMs);
    } catch (error) {
      ticket.reject(error);
    } finally {
      this.lockedKeys.delete(lockKey);
      this.asideKeys.delete(lockKey);
      this.takeOff();
      this.announceIdle();
    }
  }

  private startSweeper(): void {
    this.sweeper ??= setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  private sweep(): void {
    const nowMs = this.clock.monotonicMs();
    const expired = this.queue.filter((ticket) => ticket.expiresAtMs <= nowMs);
    if (expired.length > 0) this.queue = this.queue.filter((ticket) => ticket.expiresAtMs > nowMs);
    for (const ticket of expired) {
      const isBehindHeld = this.asideKeys.has(ticket.unit.lockKey);
      ticket.reject(isBehindHeld ? this.settler.contended(ticket) : this.settler.unavailable(undefined));
    }
    this.announceIdle();
  }

  private announceIdle(): void {
    if (!this.isIdle) return;
    clearInterval(this.sweeper);
    this.sweeper = undefined;
    for (const resolve of this.idleWaiters.splice(0)) resolve();
  }
}
