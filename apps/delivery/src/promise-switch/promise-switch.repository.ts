/** Every statement on `promise_switch` and `promise_instance`: what the operator says, and who has heard it. */
import { msOfDateTime, type NodePool, quote, quoteList } from '@ordo/sharding';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';
import { type PromiseSwitch, type ReadFrom, untouchedSwitch, type WriteTo } from './promise-switch.rules.js';

export interface SwitchChange {
  readonly readFrom: ReadFrom;
  readonly writeTo: WriteTo;
  readonly changedBy: string;
  readonly reason: string | null;
}

export interface PromiseInstance {
  readonly instance: string;
  readonly roles: string;
  readonly homeRoom: string;
  /** The switch that it obeys. */
  readonly switchVersion: number;
  /** `A:used,B:left`. */
  readonly rooms: string;
}

export interface SeenInstance extends PromiseInstance {
  readonly seenAtMs: number;
}

type Row = Readonly<Record<string, string | number | null>>;

const SWITCH = `${DELIVERY_CONTROL_SCHEMA}.promise_switch`;
const INSTANCE = `${DELIVERY_CONTROL_SCHEMA}.promise_instance`;
const NOW = 'UTC_TIMESTAMP(3)';
/** An instance says every two seconds that it lives; one that was silent for longer is not waited for. */
export const INSTANCE_LIVES_SECONDS = 10;
const FORGET_AFTER_DAYS = 1;

export class PromiseSwitchRepository {
  constructor(private readonly pool: NodePool) {}

  async read(deadlineMs?: number): Promise<PromiseSwitch> {
    const sql = `SELECT version, read_from, write_to FROM ${SWITCH} WHERE id = 1`;
    const [row] = await this.pool.query<Row[]>(sql, deadlineMs === undefined ? {} : { deadlineMs });
    if (row === undefined) return untouchedSwitch;
    return {
      version: Number(row['version']),
      readFrom: String(row['read_from']) as ReadFrom,
      writeTo: String(row['write_to']) as WriteTo,
    };
  }

  /** Answers the switch as it is now. Two operators at once: the later one counts, and both see so. */
  async change({ readFrom, writeTo, changedBy, reason }: SwitchChange): Promise<PromiseSwitch> {
    const facts = [readFrom, writeTo, changedBy, reason];
    await this.pool.query(
      `INSERT INTO ${SWITCH} (id, version, read_from, write_to, changed_by, reason, changed_at)
       VALUES (1, 1, ${facts.map(quote).join(', ')}, ${NOW})
       ON DUPLICATE KEY UPDATE version = version + 1, read_from = VALUES(read_from), write_to = VALUES(write_to),
         changed_by = VALUES(changed_by), reason = VALUES(reason), changed_at = VALUES(changed_at)`,
    );
    return this.read();
  }

  /** Says that this instance lives, and which switch it obeys. */
  async acknowledge(instance: PromiseInstance, deadlineMs: number): Promise<void> {
    const values = [instance.instance, instance.roles, instance.homeRoom, instance.switchVersion, instance.rooms];
    await this.pool.query(
      `INSERT INTO ${INSTANCE} (instance, roles, home_room, switch_version, rooms, seen_at) VALUES (${values.map(quote).join(', ')}, ${NOW})
       ON DUPLICATE KEY UPDATE switch_version = VALUES(switch_version), rooms = VALUES(rooms), seen_at = VALUES(seen_at)`,
      { deadlineMs },
    );
  }

  /** Those that live. */
  async instances(): Promise<readonly SeenInstance[]> {
    const sql = `SELECT * FROM ${INSTANCE} WHERE seen_at > DATE_SUB(${NOW}, INTERVAL ${INSTANCE_LIVES_SECONDS} SECOND) ORDER BY instance`;
    const rows = await this.pool.query<Row[]>(sql);
    return rows.map((row) => ({
      instance: String(row['instance']),
      roles: String(row['roles']),
      homeRoom: String(row['home_room']),
      switchVersion: Number(row['switch_version']),
      rooms: String(row['rooms']),
      seenAtMs: msOfDateTime(String(row['seen_at'])),
    }));
  }

  /** `instance` alone, when it stops; or all that have been gone for a day. */
  async forget(instance?: string): Promise<void> {
    const which =
      instance === undefined
        ? `seen_at < DATE_SUB(${NOW}, INTERVAL ${FORGET_AFTER_DAYS} DAY)`
        : `instance IN ${quoteList([instance])}`;
    await this.pool.query(`DELETE FROM ${INSTANCE} WHERE ${which}`);
  }
}
