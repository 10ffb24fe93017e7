/**
 * Numbers of orders, and of what routes like them, under a leased worker id. The process starts without one when the control schema is
 * away, and gets one as soon as it is back; until then what needs a number is refused as retryable and everything else goes on.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { transient } from '@ordo/contracts';
import { WorkerLease } from '@ordo/coordination';
import type { Logger } from '@ordo/platform';
import { type NodePool, OrderNumberGenerator } from '@ordo/sharding';

/** Control comes back within seconds when it comes back at all; a fleet that asks once a second is no load. */
const ACQUIRE_EVERY_MS = 1_000;

/** Node 0 holds the control schema (DESIGN §2). */
export const CONTROL_NODE = 0;

export class LeasedNumbers {
  private lease: WorkerLease | undefined;
  private generator: OrderNumberGenerator | undefined;
  private readonly stopping = new AbortController();
  private acquiring: Promise<void> | undefined;

  constructor(
    private readonly control: NodePool,
    private readonly logger: Logger,
  ) {}

  /** Resolves after the first attempt, whatever its outcome; attempts go on behind until one succeeds. */
  async start(): Promise<void> {
    if (!(await this.tryAcquire())) this.acquiring = this.keepAcquiring();
  }

  /** Throws a Transient NUMBER_SPACE_BUSY while there is no worker id. */
  next(userShard: number, merchantShard: number): string {
    if (this.generator === undefined) {
      throw transient('NUMBER_SPACE_BUSY', 'this process holds no worker id yet', ACQUIRE_EVERY_MS);
    }
    return this.generator.next(userShard, merchantShard);
  }

  /** For readiness: rejects while orders cannot be numbered. */
  async probe(): Promise<void> {
    if (this.lease === undefined) throw transient('NUMBER_SPACE_BUSY', 'no worker id', ACQUIRE_EVERY_MS);
    this.lease.second();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.acquiring;
    await this.lease?.release();
  }

  private async keepAcquiring(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await sleep(ACQUIRE_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted || (await this.tryAcquire())) return;
    }
  }

  private async tryAcquire(): Promise<boolean> {
    try {
      const lease = await WorkerLease.acquire(this.control, {
        onRenewFailed: (error) => this.logger.warn('the worker lease was not renewed', { error }),
      });
      lease.lost.addEventListener('abort', () => this.onLost(lease));
      this.generator = new OrderNumberGenerator({ workerId: lease.workerId, clock: lease });
      this.lease = lease;
      this.logger.info('worker id leased', { workerId: lease.workerId, epoch: String(lease.epoch) });
      return true;
    } catch (error) {
      this.logger.warn('no worker id yet; what needs a number waits', { error });
      return false;
    }
  }

  private onLost(lease: WorkerLease): void {
    this.logger.error('the worker id was taken by another process', { workerId: lease.workerId });
    this.lease = undefined;
    this.generator = undefined;
    if (!this.stopping.signal.aborted) this.acquiring = this.keepAcquiring();
  }
}
