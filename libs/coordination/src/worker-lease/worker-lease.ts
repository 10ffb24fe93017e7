import { randomInt } from 'node:crypto';
import { type Clock, systemClock, Transient } from '@ordo/kernel';
import {
  AnchoredSeconds,
  BORROW_SECONDS,
  CONTROL_SCHEMA,
  isConnectionLoss,
  isDeadlock,
  type NodePool,
  type SecondSource,
  toOrdoError,
  WORKER_COUNT,
} from '@ordo/sharding';
import { isDeadHere, ownerToken, processIdentity } from '../identity/process-identity.js';
import type { LeaseRow } from '../lease/lease-statements.js';
import { type LeaseClaim, type LeaseGrant, type LeaseHold, WorkerLeaseRepository } from './worker-lease.repository.js';

export interface WorkerLeaseOptions {
  /** How long the id is ours without a renewal, ms; default 4 h, so that losing the control schema for hours stops no placement. */
  readonly leaseMs?: number;
  /** How often the lease is renewed in the background, ms; default 15,000. 0 renews only when `renew()` is called. */
  readonly renewEveryMs?: number;
  readonly clock?: Clock;
  /** Who we are; default the identity of this process. */
  readonly owner?: string;
  /** How many ids there are to lease; default all 256. */
  readonly workerCount?: number;
  /** Where `lease` lies; default `ordo_control`. */
  readonly schema?: string;
  /** Told of a renewal that failed; the lease goes on until it expires. */
  readonly onRenewFailed?: (error: unknown) => void;
}

type Settings = Required<Omit<WorkerLeaseOptions, 'onRenewFailed'>> & Pick<WorkerLeaseOptions, 'onRenewFailed'>;

const LEASE_MS = 4 * 3_600_000;
const RENEW_EVERY_MS = 15_000;
/**
 * A successor starts this far after the database's now: what a killed predecessor may have borrowed, and two seconds
 * for its drift (four hours without a renewal at 100 ppm are 1.4 s).
 */
const START_GAP_SECONDS = BORROW_SECONDS + 2;
/** A holder whose clock runs ahead of the database's writes down what it may number until the renewal after the next. */
const AHEAD_RESERVE_SECONDS = 30;
const AHEAD_TOLERANCE_MS = 1_000;
/** We stop a minute before the database would call the lease expired; clocks drift, and this is a hundred times as much. */
const STOP_EARLY_MS = 60_000;
/** Each round sees fresh rows, and of n takers of one id one wins; 64 rounds are exhausted only by a bug. */
const MAX_ROUNDS = 64;
const RETRY_MS = 15_000;

/**
 * A worker id (0 to 255) that is ours alone, and the seconds that may be numbered under it. The clock is the
 * database's; the epoch rises with every change of owner. `second()` throws a Transient NUMBER_SPACE_BUSY once the
 * lease is lost, released or too old to be sure of: refusing is always better than repeating a number.
 */
export class WorkerLease implements SecondSource {
  private readonly seconds: AnchoredSeconds;
  private readonly lostSignal = new AbortController();
  private readonly timer: NodeJS.Timeout | undefined;
  private aheadMs = 0;
  private isOver = false;
  private renewing: Promise<void> = Promise.resolve();

  /**
   * Takes an id that nobody holds: unused, expired, released, or held by a process of this host that is dead.
   * Throws a Transient WORKER_IDS_EXHAUSTED when all are held, NODE_UNAVAILABLE when the control schema is away.
   */
  static async acquire(pool: NodePool, options: WorkerLeaseOptions = {}): Promise<WorkerLease> {
    const settings: Settings = {
      leaseMs: LEASE_MS,
      renewEveryMs: RENEW_EVERY_MS,
      clock: systemClock,
      owner: processIdentity(),
      workerCount: WORKER_COUNT,
      schema: CONTROL_SCHEMA,
      ...options,
    };
    const leases = new WorkerLeaseRepository(pool, settings.schema, ownerToken(settings.owner));
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const askedAtMs = settings.clock.monotonicMs();
      const grant = await tryOnce(leases, settings, pool.name);
      if (grant !== undefined) return new WorkerLease(leases, settings, grant, askedAtMs, pool.name);
    }
    throw exhausted(settings.workerCount);
  }

  private constructor(
    private readonly leases: WorkerLeaseRepository,
    private readonly settings: Settings,
    private readonly grant: LeaseGrant,
    private confirmedAtMs: number,
    private readonly node: string,
  ) {
    const firstSecond = grant.lastSecond - BORROW_SECONDS;
    this.seconds = new AnchoredSeconds(settings.clock, grant.databaseNowMs, firstSecond);
    if (settings.renewEveryMs === 0) return;
    this.timer = setInterval(() => void this.renew(), settings.renewEveryMs);
    this.timer.unref();
  }

  get workerId(): number {
    return this.grant.workerId;
  }

  get epoch(): bigint {
    return this.grant.epoch;
  }

  /** Aborted when another owner took the id: acquire a new lease and a new generator. */
  get lost(): AbortSignal {
    return this.lostSignal.signal;
  }

  second(): number {
    if (this.isOver) throw this.refusal(this.lost.aborted ? 'worker-lease-lost' : 'worker-lease-released');
    const ageMs = this.settings.clock.monotonicMs() - this.confirmedAtMs;
    if (ageMs > this.settings.leaseMs - Math.min(STOP_EARLY_MS, this.settings.leaseMs / 4)) {
      throw this.refusal('worker-lease-unconfirmed');
    }
    return this.seconds.second();
  }

  /** Prolongs the lease and follows the database's clock. Never throws: a failure is told to `onRenewFailed` and the lease goes on. */
  renew(): Promise<void> {
    if (!this.isOver) this.renewing = this.renewOnce();
    return this.renewing;
  }

  /** Numbers no more and gives the id back at once. When the control schema is away the id is free after the lease, or at once on this host. */
  async release(): Promise<void> {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    // A renewal still under way would prolong what is given back.
    await this.renewing;
    try {
      await this.leases.release(this.hold());
    } catch (error) {
      if (!isConnectionLoss(error)) throw toOrdoError(error, this.node);
    }
  }

  private async renewOnce(): Promise<void> {
    const askedAtMs = this.settings.clock.monotonicMs();
    try {
      const databaseNowMs = await this.leases.renew(this.hold(), this.settings.leaseMs);
      if (databaseNowMs === undefined) return this.lose();
      this.confirmedAtMs = askedAtMs;
      this.aheadMs = this.seconds.anchor(databaseNowMs);
    } catch (error) {
      this.settings.onRenewFailed?.(toOrdoError(error, this.node));
    }
  }

  private lose(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.timer);
    this.lostSignal.abort();
  }

  private hold(): LeaseHold {
    const reserve = this.aheadMs > AHEAD_TOLERANCE_MS ? AHEAD_RESERVE_SECONDS : BORROW_SECONDS;
    return {
      workerId: this.grant.workerId,
      lastSecond: this.seconds.second() + reserve,
    };
  }

  private refusal(reason: string): Transient {
    return new Transient('NUMBER_SPACE_BUSY', `worker ${this.workerId} may not number orders: ${reason}`, RETRY_MS, {
      workerId: this.workerId,
      reason,
    });
  }
}

/** One look at the rows and one attempt at a free id, drawn at random so that many takers rarely draw the same. */
async function tryOnce(
  leases: WorkerLeaseRepository,
  settings: Settings,
  node: string,
): Promise<LeaseGrant | undefined> {
  const claim: LeaseClaim = {
    leaseMs: settings.leaseMs,
    gapSeconds: START_GAP_SECONDS,
    borrowSeconds: BORROW_SECONDS,
  };
  try {
    const rows = await leases.readAll();
    const free = freeIds(rows, settings.workerCount);
    const drawn = free.length === 0 ? undefined : free[randomInt(free.length)];
    if (drawn === undefined) throw exhausted(settings.workerCount);
    return await leases.take(drawn.workerId, claim, drawn.dead);
  } catch (error) {
    if (isDeadlock(error)) return undefined;
    throw toOrdoError(error, node);
  }
}

function freeIds(rows: readonly LeaseRow[], workerCount: number): { workerId: number; dead?: string }[] {
  const bySlot = new Map(rows.map((row) => [row.slot, row]));
  const free: { workerId: number; dead?: string }[] = [];
  for (let workerId = 0; workerId < workerCount; workerId += 1) {
    const seen = bySlot.get(workerId);
    if (seen === undefined || seen.leftMs <= 0) free.push({ workerId });
    else if (isDeadHere(seen.owner)) free.push({ workerId, dead: seen.owner });
  }
  return free;
}

function exhausted(workerCount: number): Transient {
  return new Transient('WORKER_IDS_EXHAUSTED', `all ${workerCount} worker ids are leased`, RETRY_MS, { workerCount });
}
