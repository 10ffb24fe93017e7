/** Every statement on `promise_room`: which full load each room holds, and whether it needs another. */
import { dateTimeText, msOfDateTime, type NodePool, quote, quoteList } from '@ordo/sharding';
import type { Room } from '../promise-rooms/promise-room.js';
import { rooms } from '../promise-rooms/promise-room.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';

/** Why only a full load makes a room complete. */
export const FullLoadCause = {
  NEW: 'NEW',
  ASKED: 'ASKED',
  /** Its marker is gone. */
  EMPTIED: 'EMPTIED',
  /** Another server process answers: the last second of writes may be missing. */
  RESTARTED: 'RESTARTED',
  /** So many single debts that a full load is less work. */
  BEHIND: 'BEHIND',
} as const;
export type FullLoadCause = (typeof FullLoadCause)[keyof typeof FullLoadCause];

export interface RoomState {
  readonly room: Room;
  readonly generation: string | null;
  readonly runId: string | null;
  readonly loadedAtMs: number | null;
  readonly loadedLanes: number;
  readonly owesFullSinceMs: number | null;
  readonly owesFullWhy: FullLoadCause | null;
}

export interface FullLoad {
  readonly generation: string;
  readonly runId: string;
  readonly lanes: number;
  readonly begunAtMs: number;
  readonly endedAtMs: number;
}

type Row = Readonly<Record<string, string | number | null>>;

const TABLE = `${DELIVERY_CONTROL_SCHEMA}.promise_room`;

export class PromiseRoomRepository {
  constructor(private readonly pool: NodePool) {}

  /** Both rooms, A first; one that was never loaded owes everything since the beginning. */
  async read(): Promise<readonly RoomState[]> {
    const rows = await this.pool.query<Row[]>(`SELECT * FROM ${TABLE}`);
    return rooms.map((room) => {
      const row = rows.find((each) => each['room'] === room);
      return row === undefined ? neverLoaded(room) : stateOf(room, row);
    });
  }

  /** Safe to repeat: the first cause stays, its time moves on, so that a load under way does not count. */
  async oweFull(owing: readonly Room[], why: FullLoadCause, nowMs: number): Promise<void> {
    const rows = owing.map((room) => quoteList([room, dateTimeText(nowMs), why]));
    await this.pool.query(
      `INSERT INTO ${TABLE} (room, owes_full_since, owes_full_why) VALUES ${rows.join(',')}
       ON DUPLICATE KEY UPDATE owes_full_why = COALESCE(owes_full_why, VALUES(owes_full_why)), owes_full_since = VALUES(owes_full_since)`,
    );
  }

  /** A full load ended. It pays for what was asked before it began, and for nothing that was asked since. */
  async loaded(room: Room, { generation, runId, lanes, begunAtMs, endedAtMs }: FullLoad): Promise<void> {
    const isPaid = `owes_full_since <= ${quote(dateTimeText(begunAtMs))}`;
    await this.pool.query(
      `INSERT INTO ${TABLE} (room, generation, run_id, loaded_at, loaded_lanes)
       VALUES ${quoteList([room, generation, runId, dateTimeText(endedAtMs), lanes])}
       ON DUPLICATE KEY UPDATE generation = VALUES(generation), run_id = VALUES(run_id), loaded_at = VALUES(loaded_at),
         loaded_lanes = VALUES(loaded_lanes), owes_full_why = IF(${isPaid}, NULL, owes_full_why),
         owes_full_since = IF(${isPaid}, NULL, owes_full_since)`,
    );
  }
}

const neverLoaded = (room: Room): RoomState => ({
  ...{ room, generation: null, runId: null, loadedAtMs: null, loadedLanes: 0 },
  ...{ owesFullSinceMs: 0, owesFullWhy: FullLoadCause.NEW },
});

function stateOf(room: Room, row: Row): RoomState {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  const owesFullSinceMs = msOfDateTime(textOf('owes_full_since'));
  return {
    room,
    generation: textOf('generation'),
    runId: textOf('run_id'),
    loadedAtMs: msOfDateTime(textOf('loaded_at')),
    loadedLanes: Number(row['loaded_lanes']),
    owesFullSinceMs,
    owesFullWhy: textOf('owes_full_why') as FullLoadCause | null,
  };
}
