/**
 * Every statement on `lane`, the truth behind the rooms. A change writes the lane's hours and what each room owes for them in one
 * transaction: so no change is ever forgotten by a room, whatever dies afterwards.
 */
import type { Clock } from '@ordo/kernel';
import { dateTimeText, type NodeConnection, type NodePool, quote, quoteList, toOrdoError } from '@ordo/sharding';
import type { LaneBand, LaneCard } from '../promise-lanes/lane.js';
import { HOURS } from '../promise-lanes/lane.js';
import { rooms } from '../promise-rooms/promise-room.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';
import { debtRow, OWE_AGAIN, OWE_INTO } from './lane-debt.repository.js';

export interface NamedCard extends LaneCard {
  readonly lane: string;
}

export interface LaneChange {
  readonly lane: string;
  /** All hours of the lane as they are to be; empty takes it away. */
  readonly bands: readonly LaneBand[];
}

type Row = Readonly<Record<string, string | number | null>>;

const TABLE = `${DELIVERY_CONTROL_SCHEMA}.lane`;
const COLUMNS = 'lane, hour_band, duration_min, cut_off_min, version, deleted_at';
/** Two who make one lane at the same moment see no row of each other to lock: even then its version rises. */
const REPLACE =
  'ON DUPLICATE KEY UPDATE duration_min = VALUES(duration_min), cut_off_min = VALUES(cut_off_min), version = GREATEST(version + 1, VALUES(version)), deleted_at = NULL';
const MICROSECONDS_PER_MS = 1_000;
/** Of one DELETE: short locks, on a table that people edit meanwhile. */
const PURGE_AT_ONCE = 1_000;

export class LaneRepository {
  constructor(
    private readonly pool: NodePool,
    private readonly clock: Clock,
  ) {}

  /** All of them or none. Rows are locked in the order of lane names: two maintainers wait for each other instead of deadlocking. */
  async replace(changes: readonly LaneChange[]): Promise<readonly NamedCard[]> {
    if (changes.length === 0) return [];
    const ordered = [...changes].sort((a, b) => (a.lane < b.lane ? -1 : 1));
    try {
      return await this.pool.use(async (connection) => {
        await connection.query('BEGIN');
        const cards = await this.replaceAll(connection, ordered);
        await connection.query('COMMIT');
        return cards;
      });
    } catch (error) {
      throw toOrdoError(error, this.pool.name);
    }
  }

  /** Up to `limit` whole cards behind `after`, by name; those that were taken away are among them, without hours. */
  async after(after: string, limit: number): Promise<readonly NamedCard[]> {
    const sql = `SELECT ${COLUMNS} FROM ${TABLE} WHERE lane > ${quote(after)} ORDER BY lane, hour_band LIMIT ${(limit + 1) * HOURS}`;
    const rows = await this.pool.query<Row[]>(sql);
    return cardsOf(rows).slice(0, limit);
  }

  /** The cards of these lanes; one that was never there has no entry. */
  async named(lanes: readonly string[]): Promise<readonly NamedCard[]> {
    if (lanes.length === 0) return [];
    return cardsOf(await this.pool.query<Row[]>(`SELECT ${COLUMNS} FROM ${TABLE} WHERE lane IN ${quoteList(lanes)}`));
  }

  /** Removes hours that were deleted before `beforeMs`, unless a room still owes their lane. Answers how many. */
  async purge(beforeMs: number): Promise<number> {
    const owed = `SELECT 1 FROM ${DELIVERY_CONTROL_SCHEMA}.lane_debt d WHERE d.lane = ${TABLE}.lane`;
    const { affectedRows } = await this.pool.query<{ affectedRows: number }>(
      `DELETE FROM ${TABLE} WHERE deleted_at < ${quote(dateTimeText(beforeMs))} AND NOT EXISTS (${owed}) LIMIT ${PURGE_AT_ONCE}`,
    );
    return affectedRows;
  }

  private async replaceAll(connection: NodeConnection, changes: readonly LaneChange[]): Promise<readonly NamedCard[]> {
    const found = await connection.query<Row[]>(
      `SELECT ${COLUMNS} FROM ${TABLE} WHERE lane IN ${quoteList(changes.map(({ lane }) => lane))} ORDER BY lane, hour_band FOR UPDATE`,
    );
    const nowMs = this.clock.nowMs();
    const cards = changes.map(({ lane, bands }) => ({ lane, bands, version: versionAfter(found, lane, nowMs) }));
    const rows = cards.flatMap(({ lane, bands, version }) =>
      bands.map((band) => quoteList([lane, band.hour, band.durationMinutes, band.cutOffMinute, version, null])),
    );
    if (rows.length > 0)
      await connection.query(`INSERT INTO ${TABLE} (${COLUMNS}) VALUES ${rows.join(',')} ${REPLACE}`);
    for (const card of cards) await this.deleteOthers(connection, card, found, nowMs);
    const debts = cards.flatMap(({ lane, version }) => rooms.map((room) => debtRow(room, lane, version, nowMs)));
    await connection.query(`${OWE_INTO} VALUES ${debts.join(',')} ${OWE_AGAIN}`);
    return cards;
  }

  private async deleteOthers(
    connection: NodeConnection,
    { lane, bands, version }: NamedCard,
    found: readonly Row[],
    nowMs: number,
  ): Promise<void> {
    const kept = new Set(bands.map(({ hour }) => hour));
    const live = found.filter((row) => row['lane'] === lane && row['deleted_at'] === null);
    const gone = live.map((row) => Number(row['hour_band'])).filter((hour) => !kept.has(hour));
    if (gone.length === 0) return;
    const facts = `deleted_at = ${quote(dateTimeText(nowMs))}, version = ${version}`;
    await connection.query(
      `UPDATE ${TABLE} SET ${facts} WHERE lane = ${quote(lane)} AND hour_band IN ${quoteList(gone)}`,
    );
  }
}

/** Microseconds, and above what the lane had: clocks of hosts differ, and a version never falls for that. */
function versionAfter(found: readonly Row[], lane: string, nowMs: number): number {
  const last = found
    .filter((row) => row['lane'] === lane)
    .reduce((highest, row) => Math.max(highest, Number(row['version'])), 0);
  return Math.max(nowMs * MICROSECONDS_PER_MS, last + 1);
}

/** Rows by lane, in their order; a lane's version is the highest of its hours, the deleted ones included. */
function cardsOf(rows: readonly Row[]): NamedCard[] {
  const cards = new Map<string, { version: number; bands: LaneBand[] }>();
  for (const row of rows) {
    const lane = String(row['lane']);
    const card = cards.get(lane) ?? { version: 0, bands: [] };
    cards.set(lane, card);
    card.version = Math.max(card.version, Number(row['version']));
    if (row['deleted_at'] === null) card.bands.push(bandOfRow(row));
  }
  return [...cards].map(([lane, card]) => ({ lane, ...card }));
}

const bandOfRow = (row: Row): LaneBand => ({
  hour: Number(row['hour_band']),
  durationMinutes: Number(row['duration_min']),
  cutOffMinute: row['cut_off_min'] === null ? null : Number(row['cut_off_min']),
});
