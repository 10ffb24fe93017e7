/**
 * The statements on `lease`, the one mechanism under masters, partitions and named leases. Time is the database's own
 * (UTC_TIMESTAMP), so hosts need not agree about it. An owner is one start of one process, never reused: a row that names it is its
 * own, also when the answer to its claim was lost. Every change of owner raises the epoch; rows are never deleted.
 */
import { quote, quoteList } from '@ordo/sharding';

/** The slot of a name's own lease: the master of a group, or a thing that has no partitions. */
export const SOLE_SLOT = -1;
/** No owner: released, or never taken. */
export const NOBODY = '';

export interface LeaseRow {
  readonly slot: number;
  readonly owner: string;
  readonly epoch: number;
  /** Until it expires, by the database; negative since it did. */
  readonly leftMs: number;
  readonly memo: string | null;
}

/** A partition and the epoch under which it is owned: what a fence compares. */
export interface Held {
  readonly partition: number;
  readonly epoch: number;
}

export type SqlRow = Readonly<Record<string, string | number | null>>;

const NOW = 'UTC_TIMESTAMP(3)';
const MICROSECONDS_PER_MS = 1_000;

export class LeaseStatements {
  private readonly table: string;
  private readonly named: string;

  constructor(
    schema: string,
    private readonly name: string,
    private readonly owner: string,
  ) {
    this.table = `${schema}.lease`;
    this.named = `name = ${quote(name)}`;
  }

  /** Makes rows that are free from the start. Safe to repeat and to race. */
  create(slots: readonly number[]): string {
    const rows = slots.map((slot) => `(${quote(this.name)}, ${slot}, ${quote(NOBODY)}, 0, ${NOW})`);
    return `INSERT IGNORE INTO ${this.table} (name, slot, owner, epoch, expires_at) VALUES ${rows.join(', ')}`;
  }

  read(slots?: readonly number[]): string {
    return `SELECT slot, owner, epoch, memo, TIMESTAMPDIFF(MICROSECOND, ${NOW}, expires_at) AS left_us FROM ${this.table} WHERE ${this.named}${within(slots)} ORDER BY slot`;
  }

  /** One row that differs whenever an owner, an expiry or the roster does: what a quiet member looks at between beats. */
  glance(): string {
    const facts = `CONCAT_WS(':', slot, owner, epoch, expires_at <= ${NOW}, memo)`;
    return `SELECT CONCAT(COUNT(*), ':', COALESCE(SUM(CRC32(${facts})), 0)) AS stamp, COALESCE(SUM(expires_at <= ${NOW}), 0) AS expired FROM ${this.table} WHERE ${this.named}`;
  }

  /** Prolongs everything that is ours, master and partitions, expired or not: as long as nobody took it, it is still ours. */
  renew(ttlMs: number, memo?: string): string {
    return `UPDATE ${this.table} SET expires_at = ${after(ttlMs)}${noting(memo)} WHERE ${this.named} AND owner = ${quote(this.owner)}`;
  }

  /**
   * Takes those of `slots` that are free and that no fenced transaction holds: a process that was frozen inside one would otherwise
   * keep every other partition from being taken. One packet, so that a taker cannot be frozen between lock and take. The UPDATE names
   * no slot but by `@free`, because a search by the whole key would wait for rows that are locked.
   */
  takeUnlocked(slots: readonly number[], ttlMs: number): readonly string[] {
    const unlocked = `SELECT slot FROM ${this.table} WHERE ${this.named}${within(slots)} AND expires_at <= ${NOW} FOR UPDATE SKIP LOCKED`;
    return [
      'START TRANSACTION',
      `SELECT GROUP_CONCAT(slot) INTO @free FROM (${unlocked}) AS unlocked`,
      `${this.take(undefined, ttlMs)} AND FIND_IN_SET(slot, @free)`,
      'COMMIT',
    ];
  }

  /** Takes what is free. Closes the race of two takers: the second one finds the expiry in the future. */
  take(slots: readonly number[] | undefined, ttlMs: number, memo?: string): string {
    return `UPDATE ${this.table} SET owner = ${quote(this.owner)}, epoch = epoch + 1, expires_at = ${after(ttlMs)}${noting(memo)} WHERE ${this.named}${within(slots)} AND expires_at <= ${NOW}`;
  }

  /** Gives back what is ours; all of it without `slots`. It can be taken at once. */
  release(slots?: readonly number[], memo?: string): string {
    return `UPDATE ${this.table} SET owner = ${quote(NOBODY)}, expires_at = ${NOW}${noting(memo)} WHERE ${this.named} AND owner = ${quote(this.owner)}${within(slots)}`;
  }

  /** Writes the memo of a lease; a holder of an older epoch changes nothing. */
  write(slot: number, epoch: number, memo: string): string {
    return `UPDATE ${this.table} SET memo = ${quote(memo)} WHERE ${this.heldRow(slot, epoch)}`;
  }

  /** Answers a row, and locks it until the transaction ends, iff `slot` is still ours under `epoch`: a taker waits for the end. */
  fence(slot: number, epoch: number): string {
    return `SELECT epoch FROM ${this.table} WHERE ${this.heldRow(slot, epoch)} LOCK IN SHARE MODE`;
  }

  /**
   * The same for any number of slots, as a statement that fails (1048) when one of them is not ours any more, so that it can stand in
   * one packet before the changes that it guards: the packet ends there, and the pool rolls back. Changes nothing.
   */
  guard(held: readonly Held[]): string {
    const slots = held.map(({ partition }) => partition).join(',');
    const epochs = held.map(({ partition, epoch }) => `(slot = ${partition} AND epoch = ${epoch})`).join(' OR ');
    const count = `SELECT COUNT(*) FROM ${this.table} WHERE ${this.named} AND slot IN (${slots}) AND owner = ${quote(this.owner)} AND (${epochs}) LOCK IN SHARE MODE`;
    return `INSERT INTO ${this.table} (name, slot, owner, epoch, expires_at) SELECT NULL, 0, '', 0, ${NOW} FROM DUAL WHERE (${count}) < ${held.length}`;
  }

  /** Gives back what is another one's, for an owner that is certainly dead. */
  bury(owners: readonly string[]): string {
    return `UPDATE ${this.table} SET owner = ${quote(NOBODY)}, expires_at = ${NOW} WHERE ${this.named} AND owner IN ${quoteList(owners)}`;
  }

  private heldRow(slot: number, epoch: number): string {
    return `${this.named} AND slot = ${slot} AND epoch = ${epoch} AND owner = ${quote(this.owner)}`;
  }
}

export function leaseRowOf(row: SqlRow): LeaseRow {
  return {
    slot: Number(row['slot']),
    owner: String(row['owner']),
    epoch: Number(row['epoch']),
    leftMs: Number(row['left_us']) / MICROSECONDS_PER_MS,
    memo: row['memo'] === null || row['memo'] === undefined ? null : String(row['memo']),
  };
}

function within(slots: readonly number[] | undefined): string {
  return slots === undefined ? '' : ` AND slot IN (${slots.join(',')})`;
}

/** `memo` is an SQL expression; it may speak of the memo that is there. */
function noting(memo: string | undefined): string {
  return memo === undefined ? '' : `, memo = ${memo}`;
}

function after(ttlMs: number): string {
  return `${NOW} + INTERVAL ${Math.round(ttlMs * MICROSECONDS_PER_MS)} MICROSECOND`;
}
