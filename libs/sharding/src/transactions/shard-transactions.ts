/**
 * The write path of every app: one coalescing writer per node. Guarantee: when `run` resolves, the unit's change is on disk
 * (fsync'd) on its node; when it throws a Refusal nothing of it was written; a Transient NODE_UNAVAILABLE or OVERLOADED means
 * nothing was written either; a Transient OUTCOME_UNKNOWN means that it may have been, and the caller repeats an idempotent call.
 */
import { type Clock, Refusal, systemClock, Transient } from '@ordo/kernel';
import type { NodePools } from '../node-pool/node-pools.js';
import type { TransactionsRecorder } from './batch-settler.js';
import { NodeWriter, type NodeWriterOptions } from './node-writer.js';
import type { ShardUnit } from './shard-unit.js';

export const defaultWriterOptions: NodeWriterOptions = {
  flights: 1,
  maxUnits: 128,
  maxBatchBytes: 1_048_576,
  maxQueued: 4096,
  unitDeadlineMs: 900,
};

const noRecorder: TransactionsRecorder = { batchCommitted: () => undefined, batchBroken: () => undefined };

export class ShardTransactions {
  private readonly writers: readonly NodeWriter[];
  private draining = false;

  constructor(
    pools: NodePools,
    recorder: TransactionsRecorder = noRecorder,
    options: Partial<NodeWriterOptions> = {},
    clock: Clock = systemClock,
  ) {
    const merged = { ...defaultWriterOptions, ...options };
    this.writers = pools.all.map((pool) => new NodeWriter(pool, clock, recorder, merged));
  }

  run<Verdict>(unit: ShardUnit<Verdict>): Promise<Verdict> {
    if (this.draining) return Promise.reject(new Transient('SHUTTING_DOWN', 'this process is stopping', 500));
    const writer = this.writers[unit.node];
    if (writer === undefined) return Promise.reject(new Refusal('INVALID_ARGUMENT', `no node ${unit.node}`));
    return writer.submit(unit) as Promise<Verdict>;
  }

  /** Writes that wait now, over all nodes. */
  get queued(): number {
    return this.writers.reduce((sum, writer) => sum + writer.queued, 0);
  }

  /** Takes no more units and resolves when all that were accepted have their answer. */
  async drain(): Promise<void> {
    this.draining = true;
    await Promise.all(this.writers.map((writer) => writer.idle()));
  }
}
