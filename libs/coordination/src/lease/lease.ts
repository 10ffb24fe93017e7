import { type Clock, systemClock } from '@ordo/kernel';
import { NODE_SCHEMA, type NodePool, toOrdoError } from '@ordo/sharding';
import { ownerToken } from '../identity/process-identity.js';
import { Holdings } from './holdings.js';
import { type LeaseRow, LeaseStatements, leaseRowOf, SOLE_SLOT, type SqlRow } from './lease-statements.js';

export interface LeaseOptions {
  /** The node that what is leased lies on. */
  readonly pool: NodePool;
  /** What is leased; at most 64 ASCII characters. */
  readonly name: string;
  /** How the cluster calls this process; a token of its own for each lease object is added. */
  readonly holderId: string;
  readonly clock?: Clock;
  /** 10 s. */
  readonly ttlMs?: number;
  /** 3 s; 0 renews only when `renew()` is called. */
  readonly renewMs?: number;
  /** 1.5 s. */
  readonly trustMarginMs?: number;
  /** Where `lease` lies; `ordo_node`. */
  readonly schema?: string;
  /** Told of a renewal that failed; the lease goes on until trust ends. */
  readonly onRenewFailed?: (error: unknown) => void;
}

type Settings = Required<Omit<LeaseOptions, 'onRenewFailed'>> & Pick<LeaseOptions, 'onRenewFailed'>;

const defaults = {
  clock: systemClock,
  ttlMs: 10_000,
  renewMs: 3_000,
  trustMarginMs: 1_500,
  schema: NODE_SCHEMA,
} as const;

/**
 * One thing that one process at a time may do, by name: a leadership. Trusted only until request start + TTL − margin on the monotonic
 * clock; what a holder does too late is refused by `fence` and `guard`. A holder that lost it can acquire again, under a new epoch.
 */
export class Lease {
  private readonly settings: Settings;
  private readonly statements: LeaseStatements;
  private readonly holdings: Holdings;
  private readonly token: string;
  private lostSignal = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(options: LeaseOptions) {
    this.settings = { ...defaults, ...options };
    this.token = ownerToken(options.holderId);
    this.statements = new LeaseStatements(this.settings.schema, options.name, this.token);
    this.holdings = new Holdings(this.settings);
  }

  /** The epoch under which the lease is ours; undefined when it is not, or no longer surely. */
  get epoch(): number | undefined {
    return this.holdings.epochOf(SOLE_SLOT);
  }

  get isHeld(): boolean {
    return this.epoch !== undefined;
  }

  /** Aborted when a renewal found another owner, or at a release. A new signal with each acquisition. */
  get lost(): AbortSignal {
    return this.lostSignal.signal;
  }

  /** Takes the lease if nobody has it; answers whether it is ours. Throws a Transient NODE_UNAVAILABLE when the node is away. */
  async acquire(): Promise<boolean> {
    const { ttlMs, renewMs } = this.settings;
    await this.send([this.statements.create([SOLE_SLOT]), this.statements.take([SOLE_SLOT], ttlMs)]);
    if (!this.isHeld) return false;
    if (this.lost.aborted) this.lostSignal = new AbortController();
    if (renewMs > 0 && this.timer === undefined) {
      this.timer = setInterval(() => void this.renew(), renewMs);
      this.timer.unref();
    }
    return true;
  }

  /** Prolongs the lease. Never throws: a failure is told to `onRenewFailed`, and trust ends by itself if it lasts. */
  async renew(): Promise<void> {
    try {
      const row = await this.send([this.statements.renew(this.settings.ttlMs)]);
      if (row?.owner !== this.token) this.end();
    } catch (error) {
      this.settings.onRenewFailed?.(error);
    }
  }

  /** Gives the lease back at once. Safe to repeat; when the node is away it is free after its TTL. */
  async release(): Promise<void> {
    this.end();
    await this.send([this.statements.release()]);
  }

  /** A locking SELECT that answers one row iff the lease is still ours under `epoch`; see PartitionGroup. */
  fence(epoch: number): string {
    return this.statements.fence(SOLE_SLOT, epoch);
  }

  guard(epoch: number): string {
    return this.statements.guard([{ partition: SOLE_SLOT, epoch }]);
  }

  private end(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.holdings.adopt([], 0);
    this.lostSignal.abort();
  }

  private async send(statements: readonly string[]): Promise<LeaseRow | undefined> {
    const { clock, pool } = this.settings;
    const askedAtMs = clock.monotonicMs();
    const results = await pool
      .query<SqlRow[][]>([...statements, this.statements.read()].join('; '))
      .catch((error: unknown) => {
        throw toOrdoError(error, pool.name);
      });
    const row = results
      .at(-1)
      ?.map(leaseRowOf)
      .find(({ slot }) => slot === SOLE_SLOT);
    this.holdings.adopt(row?.owner === this.token ? [row] : [], askedAtMs);
    return row;
  }
}
