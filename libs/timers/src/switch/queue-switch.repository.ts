/** Every statement on `timer_switch` of one node. */
import { msOfDateTime, NODE_SCHEMA, type NodePool, quote, quoteList } from '@ordo/sharding';
import { QueueState } from './queue-switch.state.js';

export interface QueueSwitch {
  readonly queue: string;
  /** Whose leases say who owns the queue's partitions on this node; null: nobody's. */
  readonly group: string | null;
  readonly state: QueueState;
  readonly reason: string | null;
  readonly changedBy: string | null;
  readonly changedMs: number;
}

export interface SwitchChange {
  readonly state: QueueState;
  readonly reason: string | null;
  readonly changedBy: string;
}

type Row = Readonly<Record<string, string | number | null>>;

const NOW = 'UTC_TIMESTAMP(3)';
const REASON_LENGTH = 255;
const CHANGED_BY_LENGTH = 128;

export class QueueSwitchRepository {
  private readonly table: string;

  /** `schema`: whose timers; default the order app's. */
  constructor(
    private readonly pool: Pick<NodePool, 'query'>,
    schema: string = NODE_SCHEMA,
  ) {
    this.table = `${schema}.timer_switch`;
  }

  /** All queues that were announced on this node, or those of them that are asked for. */
  async read(queues?: readonly string[], deadlineMs?: number): Promise<QueueSwitch[]> {
    const which = queues === undefined ? '' : ` WHERE queue IN ${quoteList(queues)}`;
    const sql = `SELECT queue, group_name, state, reason, changed_by, changed_at FROM ${this.table}${which} ORDER BY queue`;
    return (await this.pool.query<Row[]>(sql, deadlineMs === undefined ? {} : { deadlineMs })).map(switchOf);
  }

  /** Says that `queue` is fired here, by the owners of `group`. Leaves its state as it is; safe to repeat and to race. */
  async announce(queue: string, group: string | null): Promise<void> {
    await this.pool.query(
      `INSERT INTO ${this.table} (queue, group_name, state, changed_at)
       VALUES (${quote(queue)}, ${quote(group)}, ${QueueState.OPEN}, ${NOW}) ON DUPLICATE KEY UPDATE group_name = ${quote(group)}`,
    );
  }

  /** Answers whether the queue has been announced on this node; one that has not is left alone. Safe to repeat. */
  async change(queue: string, { state, reason, changedBy }: SwitchChange): Promise<boolean> {
    const facts = [
      `reason = ${quote(reason?.slice(0, REASON_LENGTH) ?? null)}`,
      `changed_by = ${quote(changedBy.slice(0, CHANGED_BY_LENGTH))}`,
    ];
    const [, rows] = await this.pool.query<[unknown, Row[]]>(
      `UPDATE ${this.table} SET state = ${state}, ${facts.join(', ')}, changed_at = ${NOW} WHERE queue = ${quote(queue)};
       SELECT queue FROM ${this.table} WHERE queue = ${quote(queue)}`,
    );
    return rows.length > 0;
  }
}

function switchOf(row: Row): QueueSwitch {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  return {
    queue: String(row['queue']),
    group: textOf('group_name'),
    state: Number(row['state']) as QueueState,
    reason: textOf('reason'),
    changedBy: textOf('changed_by'),
    changedMs: msOfDateTime(String(row['changed_at'])),
  };
}
