import type { NodePool } from '../node-pool/node-pool.js';
import { NUMBER_EPOCH_MS } from '../order-number/order-number.js';
import { dateTimeText, msOfDateTime } from '../sql-text/date-time.js';
import { quote } from '../sql-text/literal.js';

/**
 * The statements on `worker_lease` of the control schema. Time is the database's own (UTC_TIMESTAMP), so hosts need not agree
 * about it. Every change of owner is a compare-and-set on the epoch: of two takers that read the same row, one changes it.
 */
export interface LeaseRow {
  readonly workerId: number;
  readonly owner: string;
  readonly epoch: bigint;
  readonly isExpired: boolean;
}

export interface LeaseGrant {
  readonly workerId: number;
  readonly epoch: bigint;
  readonly lastSecond: number;
  readonly databaseNowMs: number;
}

export interface LeaseClaim {
  readonly owner: string;
  readonly leaseMs: number;
  /** The successor's first second is at least this far after the database's now. */
  readonly gapSeconds: number;
  /** Written beyond the first second, because a generator may borrow. */
  readonly borrowSeconds: number;
}

export interface LeaseHold {
  readonly workerId: number;
  readonly epoch: bigint;
  /** The latest second that may have been numbered so far. */
  readonly lastSecond: number;
}

interface Changed {
  readonly affectedRows: number;
}
interface NowRow {
  readonly now: string;
}
interface GrantRow extends NowRow {
  readonly last_second: string;
}

const EPOCH_TEXT = quote(dateTimeText(NUMBER_EPOCH_MS));
const DATABASE_SECOND = `TIMESTAMPDIFF(SECOND, ${EPOCH_TEXT}, UTC_TIMESTAMP(3))`;
const MICROSECONDS_PER_MS = 1_000;

export class WorkerLeaseRepository {
  private readonly table: string;

  constructor(
    private readonly pool: NodePool,
    schema: string,
  ) {
    this.table = `${schema}.worker_lease`;
  }

  async readAll(): Promise<LeaseRow[]> {
    const rows = await this.pool.query(
      `SELECT worker_id, owner, epoch, expires_at <= UTC_TIMESTAMP(3) AS expired FROM ${this.table}`,
    );
    return rows.map((row) => ({
      workerId: Number(row['worker_id']),
      owner: String(row['owner']),
      epoch: BigInt(String(row['epoch'])),
      isExpired: Number(row['expired']) === 1,
    }));
  }

  /** Takes an id that no row names. A second taker meets a duplicate key, which is the caller's to expect. */
  insert(workerId: number, claim: LeaseClaim): Promise<LeaseGrant | undefined> {
    const lastSecond = `${DATABASE_SECOND} + ${claim.gapSeconds + claim.borrowSeconds}`;
    const insert = `INSERT INTO ${this.table} (worker_id, owner, epoch, expires_at, last_second)
      VALUES (${workerId}, ${quote(claim.owner)}, 1, ${expiry(claim.leaseMs)}, ${lastSecond})`;
    return this.grant(insert, workerId, 1n);
  }

  /** Takes over a row that was seen free. Closes the race of two takers: the epoch that the loser read is gone. */
  take(seen: LeaseRow, claim: LeaseClaim): Promise<LeaseGrant | undefined> {
    const firstSecond = `GREATEST(last_second + 1, ${DATABASE_SECOND} + ${claim.gapSeconds})`;
    const isFree = seen.isExpired ? 'expires_at <= UTC_TIMESTAMP(3)' : `owner = ${quote(seen.owner)}`;
    const update = `UPDATE ${this.table} SET owner = ${quote(claim.owner)}, epoch = epoch + 1,
      expires_at = ${expiry(claim.leaseMs)}, last_second = ${firstSecond} + ${claim.borrowSeconds}
      WHERE worker_id = ${seen.workerId} AND epoch = ${seen.epoch} AND ${isFree}`;
    return this.grant(update, seen.workerId, seen.epoch + 1n);
  }

  /** Prolongs and answers the database's now; undefined when the lease is someone else's by now. */
  async renew(hold: LeaseHold, leaseMs: number): Promise<number | undefined> {
    const update = `UPDATE ${this.table} SET expires_at = ${expiry(leaseMs)},
      last_second = GREATEST(last_second, ${hold.lastSecond}) WHERE ${held(hold)}`;
    const select = `SELECT UTC_TIMESTAMP(3) AS now FROM ${this.table} WHERE ${held(hold)}`;
    const [, nows] = await this.pool.query<[unknown, NowRow[]]>(`${update}; ${select}`);
    const now = nows[0]?.now;
    return now === undefined ? undefined : msOfDateTime(now);
  }

  /** Gives the id back: it can be taken at once, by a successor that starts after `lastSecond`. Safe to repeat. */
  async release(hold: LeaseHold): Promise<void> {
    await this.pool.query(`UPDATE ${this.table} SET expires_at = UTC_TIMESTAMP(3),
      last_second = GREATEST(last_second, ${hold.lastSecond}) WHERE ${held(hold)}`);
  }

  private async grant(change: string, workerId: number, epoch: bigint): Promise<LeaseGrant | undefined> {
    const select = `SELECT last_second, UTC_TIMESTAMP(3) AS now FROM ${this.table} WHERE ${held({ workerId, epoch })}`;
    const [changed, rows] = await this.pool.query<[Changed, GrantRow[]]>(`${change}; ${select}`);
    const row = rows[0];
    if (changed.affectedRows !== 1 || row === undefined) return undefined;
    return { workerId, epoch, lastSecond: Number(row.last_second), databaseNowMs: msOfDateTime(row.now) };
  }
}

function held({ workerId, epoch }: Pick<LeaseHold, 'workerId' | 'epoch'>): string {
  return `worker_id = ${workerId} AND epoch = ${epoch}`;
}

function expiry(leaseMs: number): string {
  return `UTC_TIMESTAMP(3) + INTERVAL ${leaseMs * MICROSECONDS_PER_MS} MICROSECOND`;
}
