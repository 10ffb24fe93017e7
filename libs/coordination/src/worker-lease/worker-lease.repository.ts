/**
 * Worker ids on the lease table of the control schema: the slot is the id, and the memo the latest second that its holder may have
 * numbered. What is particular to them is that second: a successor starts after it, whatever the clocks did.
 */
import { dateTimeText, msOfDateTime, type NodePool, NUMBER_EPOCH_MS, quote } from '@ordo/sharding';
import { type LeaseRow, LeaseStatements, leaseRowOf, type SqlRow } from '../lease/lease-statements.js';

export interface LeaseGrant {
  readonly workerId: number;
  readonly epoch: bigint;
  readonly lastSecond: number;
  readonly databaseNowMs: number;
}

export interface LeaseClaim {
  readonly leaseMs: number;
  /** The successor's first second is at least this far after the database's now. */
  readonly gapSeconds: number;
  /** Written beyond the first second, because a generator may borrow. */
  readonly borrowSeconds: number;
}

export interface LeaseHold {
  readonly workerId: number;
  /** The latest second that may have been numbered so far. */
  readonly lastSecond: number;
}

const NAME = 'worker';
const EPOCH_TEXT = quote(dateTimeText(NUMBER_EPOCH_MS));
const DATABASE_SECOND = `TIMESTAMPDIFF(SECOND, ${EPOCH_TEXT}, UTC_TIMESTAMP(3))`;
const MEMO_SECOND = 'COALESCE(CAST(memo AS SIGNED), 0)';
const NOW = 'SELECT UTC_TIMESTAMP(3) AS now';

export class WorkerLeaseRepository {
  private readonly statements: LeaseStatements;

  constructor(
    private readonly pool: NodePool,
    schema: string,
    private readonly owner: string,
  ) {
    this.statements = new LeaseStatements(schema, NAME, owner);
  }

  async readAll(): Promise<LeaseRow[]> {
    return (await this.pool.query<SqlRow[]>(this.statements.read())).map(leaseRowOf);
  }

  /** Takes an id that was seen free; `dead` is the owner that is certainly dead. Of several takers one gets it, the others undefined. */
  async take(workerId: number, claim: LeaseClaim, dead?: string): Promise<LeaseGrant | undefined> {
    const firstSecond = `GREATEST(${MEMO_SECOND} + 1, ${DATABASE_SECOND} + ${claim.gapSeconds})`;
    const { row, databaseNowMs } = await this.send(workerId, [
      dead === undefined ? this.statements.create([workerId]) : this.statements.bury([dead]),
      this.statements.take([workerId], claim.leaseMs, `${firstSecond} + ${claim.borrowSeconds}`),
    ]);
    if (row?.owner !== this.owner) return undefined;
    return { workerId, epoch: BigInt(row.epoch), lastSecond: Number(row.memo), databaseNowMs };
  }

  /** Prolongs and answers the database's now; undefined when the lease is someone else's by now. */
  async renew({ workerId, lastSecond }: LeaseHold, leaseMs: number): Promise<number | undefined> {
    const { row, databaseNowMs } = await this.send(workerId, [this.statements.renew(leaseMs, atLeast(lastSecond))]);
    return row?.owner === this.owner ? databaseNowMs : undefined;
  }

  /** Gives the id back: it can be taken at once, by a successor that starts after `lastSecond`. Safe to repeat. */
  async release({ workerId, lastSecond }: LeaseHold): Promise<void> {
    await this.pool.query(this.statements.release([workerId], atLeast(lastSecond)));
  }

  private async send(
    workerId: number,
    changes: readonly string[],
  ): Promise<{ row: LeaseRow | undefined; databaseNowMs: number }> {
    const results = await this.pool.query<SqlRow[][]>([...changes, this.statements.read([workerId]), NOW].join('; '));
    const [rows, now] = results.slice(changes.length);
    return { row: rows?.map(leaseRowOf)[0], databaseNowMs: msOfDateTime(String(now?.[0]?.['now'])) };
  }
}

function atLeast(second: number): string {
  return `GREATEST(${MEMO_SECOND}, ${second})`;
}
