/**
 * The pending deadlines of a user shard, straight from `order_base`: the truth that the timers' index is rebuilt from. Read without locks,
 * in READ COMMITTED (the pool's default) and from the authority; "now" is the database's clock, in UTC as every time here.
 */
import { dateTimeText, msOfDateTime, type NodePools, type Placement, userSchema } from '@ordo/sharding';
import { groupedBy, type IndexEntry, type PendingDepth, type SlotEntry, type SlotRange, slotOf } from '@ordo/timers';

type Row = Readonly<Record<string, string | number | null>>;

const NOW = 'UTC_TIMESTAMP(3)';
const MS_PER_SECOND = 1_000;

export interface DeadlinePage {
  readonly entries: readonly SlotEntry[];
  /** Of the last entry; absent on the last page. */
  readonly next?: string;
}

export interface KnownDeadlines {
  /** The database's clock. */
  readonly nowMs: number;
  /** By order id: when it is due, or null where nothing pends. An order that does not exist is missing. */
  readonly dueMsOf: ReadonlyMap<string, number | null>;
}

export class DeadlineRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** Keyset over (deadline_at, order_id), served by `by_deadline` alone. */
  async pending(shard: number, range: SlotRange, limit: number, after?: string): Promise<DeadlinePage> {
    const rows = await this.query<Row[]>(
      shard,
      `SELECT order_id, deadline_at FROM ${userSchema(shard)}.order_base
       WHERE ${[...boundsOf(range), ...(after === undefined ? [] : [behind(after)])].join(' AND ')}
       ORDER BY deadline_at, order_id LIMIT ${limit}`,
    );
    const entries = rows.map((row) => ({ id: String(row['order_id']), slot: slotOf(dueMsOf(row) ?? 0) }));
    const last = rows.at(-1);
    return last === undefined || rows.length < limit
      ? { entries }
      : { entries, next: `${dueMsOf(last)}:${last['order_id']}` };
  }

  /** Which of `shards`, of one node, have a deadline up to `toSlot`: the first entry of each `by_deadline` says so. */
  async overdue(node: number, shards: readonly number[], toSlot: number): Promise<number[]> {
    const [bound] = boundsOf({ toSlot });
    const selects = shards.map(
      (shard) =>
        `SELECT ${shard} AS shard FROM DUAL WHERE EXISTS (SELECT 1 FROM ${userSchema(shard)}.order_base WHERE ${bound})`,
    );
    const rows = await this.pools.at(node).query<Row[]>(selects.join(' UNION ALL '));
    return rows.map((row) => Number(row['shard']));
  }

  /**
   * When each of `entries`, of one node, is due. Locks nothing: most entries of the index are stale by the time they are looked at (the
   * order was paid, accepted, received), and a locking read of all of them would stand in the way of writers.
   */
  async known(node: number, entries: readonly IndexEntry[]): Promise<KnownDeadlines> {
    const selects = [...groupedBy(entries, ({ partition }) => partition)].map(
      ([shard, group]) =>
        `SELECT order_id, deadline_at FROM ${userSchema(shard)}.order_base WHERE order_id IN (${group.map(({ id }) => id).join(',')})`,
    );
    const [nows, rows] = await this.pools
      .at(node)
      .query<[Row[], Row[]]>(`SELECT ${NOW} AS now; ${selects.join(' UNION ALL ')}`);
    return {
      nowMs: msOfDateTime(String(nows[0]?.['now'])),
      dueMsOf: new Map(rows.map((row) => [String(row['order_id']), dueMsOf(row)])),
    };
  }

  /** Counted from the index alone. */
  async depth(shard: number): Promise<PendingDepth> {
    const [row] = await this.query<Row[]>(
      shard,
      `SELECT COUNT(*) AS pending, MIN(deadline_at) AS oldest, ${NOW} AS now FROM ${userSchema(shard)}.order_base
       WHERE deadline_at IS NOT NULL`,
    );
    const oldestMs = msOfDateTime((row?.['oldest'] ?? null) as string | null);
    const ageMs = oldestMs === null ? 0 : msOfDateTime(String(row?.['now'])) - oldestMs;
    return { pending: Number(row?.['pending'] ?? 0), oldestDueAgeMs: Math.max(0, ageMs) };
  }

  private query<T>(shard: number, sql: string): Promise<T> {
    return this.pools.at(this.placement.userNode(shard)).query<T>(sql);
  }
}

const dueMsOf = (row: Row): number | null => msOfDateTime(row['deadline_at'] as string | null);

const literal = (ms: number): string => `'${dateTimeText(ms)}'`;

/** A slot holds what is due in (slot − 1 s, slot], so a slot's own second is its upper bound. */
function boundsOf({ afterSlot, toSlot }: SlotRange): readonly string[] {
  const to = toSlot === 'now' ? NOW : literal(toSlot * MS_PER_SECOND);
  const from = afterSlot === undefined ? [] : [`deadline_at>${literal(afterSlot * MS_PER_SECOND)}`];
  return [...from, `deadline_at<=${to}`];
}

function behind(after: string): string {
  const [dueMs, orderId] = after.split(':');
  const at = literal(Number(dueMs));
  return `deadline_at>=${at} AND (deadline_at>${at} OR order_id>${orderId})`;
}
