/**
 * Every statement on `lane_debt`: what a room does not hold yet. It is the list of changes (incremental load) and the repair queue in one: a
 * change owes its lane to both rooms, a write that failed goes on owing it, later and later.
 */
import { dateTimeText, msOfDateTime, type NodePool, quote, quoteList } from '@ordo/sharding';
import type { Room } from '../promise-rooms/promise-room.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';

export interface LaneDebt {
  readonly lane: string;
  readonly version: number;
  readonly attempts: number;
}

export interface DebtDepth {
  readonly debts: number;
  readonly oldestMs: number | null;
}

type Row = Readonly<Record<string, string | number | null>>;

const TABLE = `${DELIVERY_CONTROL_SCHEMA}.lane_debt`;
const NOW = 'UTC_TIMESTAMP(3)';
/** A room that is away is asked by the loader's own retries first; a debt then waits 1, 2, 4 … 32 s. */
const MAX_DELAY_POWER = 5;

export const OWE_INTO = `INSERT INTO ${TABLE} (room, lane, version, attempts, owed_since, try_at)`;
/** An older change never lowers what is owed; a new one is tried at once. */
export const OWE_AGAIN =
  'ON DUPLICATE KEY UPDATE version = GREATEST(version, VALUES(version)), attempts = 0, try_at = VALUES(try_at)';

export function debtRow(room: Room, lane: string, version: number, nowMs: number): string {
  const now = dateTimeText(nowMs);
  return quoteList([room, lane, version, 0, now, now]);
}

export class LaneDebtRepository {
  constructor(private readonly pool: NodePool) {}

  async due(room: Room, limit: number): Promise<readonly LaneDebt[]> {
    const sql = `SELECT lane, version, attempts FROM ${TABLE} WHERE room = ${quote(room)} AND try_at <= ${NOW} ORDER BY try_at LIMIT ${limit}`;
    const rows = await this.pool.query<Row[]>(sql);
    return rows.map((row) => ({
      lane: String(row['lane']),
      version: Number(row['version']),
      attempts: Number(row['attempts']),
    }));
  }

  /** The room holds these lanes at these versions. A change that came meanwhile owes a higher one, and stays. */
  async settle(room: Room, held: readonly { readonly lane: string; readonly version: number }[]): Promise<void> {
    if (held.length === 0) return;
    const pairs = held.map(({ lane, version }) => `(lane = ${quote(lane)} AND version <= ${version})`);
    await this.pool.query(`DELETE FROM ${TABLE} WHERE room = ${quote(room)} AND (${pairs.join(' OR ')})`);
  }

  async postpone(room: Room, lanes: readonly string[]): Promise<void> {
    if (lanes.length === 0) return;
    await this.pool.query(
      `UPDATE ${TABLE} SET try_at = DATE_ADD(${NOW}, INTERVAL POW(2, LEAST(attempts, ${MAX_DELAY_POWER})) SECOND), attempts = attempts + 1
       WHERE room = ${quote(room)} AND lane IN ${quoteList(lanes)}`,
    );
  }

  /** For a load of named lanes, and for what a full load could not write. `version` 0: whatever the truth holds by then. */
  async owe(owing: readonly Room[], lanes: readonly string[], version: number, nowMs: number): Promise<void> {
    const rows = owing.flatMap((room) => lanes.map((lane) => debtRow(room, lane, version, nowMs)));
    if (rows.length > 0) await this.pool.query(`${OWE_INTO} VALUES ${rows.join(',')} ${OWE_AGAIN}`);
  }

  /** Everything that waits for a later try is tried now. */
  async hurry(room: Room): Promise<void> {
    await this.pool.query(`UPDATE ${TABLE} SET try_at = ${NOW} WHERE room = ${quote(room)} AND try_at > ${NOW}`);
  }

  /** Before a full load, which reads the truth afterwards: what changes from now on is owed anew. */
  async forgive(room: Room): Promise<void> {
    await this.pool.query(`DELETE FROM ${TABLE} WHERE room = ${quote(room)}`);
  }

  async depth(room: Room): Promise<DebtDepth> {
    const sql = `SELECT COUNT(*) AS debts, MIN(owed_since) AS oldest FROM ${TABLE} WHERE room = ${quote(room)}`;
    const [row] = await this.pool.query<Row[]>(sql);
    const oldest = row?.['oldest'] ?? null;
    return { debts: Number(row?.['debts'] ?? 0), oldestMs: oldest === null ? null : msOfDateTime(String(oldest)) };
  }
}
