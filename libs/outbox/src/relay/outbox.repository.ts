/**
 * Every statement on the outbox of a node except the append. Rows are claimed by their state, never by an id cursor: an
 * auto-increment id is given before COMMIT, so a cursor would run past rows that commit late. Reads use READ COMMITTED (the pool's
 * default); under REPEATABLE READ the poller blocked an unrelated insert for 1.9 s.
 */
import { msOfDateTime, NODE_SCHEMA, type NodePool } from '@ordo/sharding';
import type { OutboxEntry } from '../append/outbox-entry.js';

/**
 * READY waits for projection. PARKED waits for its merchant node, or was refused by the broker; later rows of its order wait behind
 * it. PROJECTED can be read in both dimensions and waits for the broker to come back.
 */
export const OutboxState = { READY: 0, PARKED: 1, PROJECTED: 2 } as const;
export type OutboxState = (typeof OutboxState)[keyof typeof OutboxState];

export interface OutboxRow extends OutboxEntry {
  readonly id: string;
  readonly lane: number;
}

export interface OutboxDepth {
  readonly ready: number;
  readonly parked: number;
  readonly projected: number;
  readonly oldestAgeMs: number;
}

type Row = Readonly<Record<string, string | number | null>>;

const COLUMNS = 'id, lane, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload';
/** A drain of a large backlog by UPDATE or DELETE goes in strides, so that no statement holds its locks for long. */
const STRIDE = 5_000;
const MICROSECONDS_PER_MS = 1_000;

const rowOf = (row: Row): OutboxRow => ({
  id: String(row['id']),
  lane: Number(row['lane']),
  orderId: String(row['order_id']),
  version: Number(row['version']),
  userShard: Number(row['user_shard']),
  merchantShard: Number(row['merchant_shard']),
  type: String(row['type']),
  occurredAt: msOfDateTime(String(row['occurred_at'])),
  traceParent: row['trace_parent'] === null ? null : String(row['trace_parent']),
  payload: String(row['payload']),
});

/** The outbox itself, and what the second cluster has still to hear of it: the same columns, and a progress of its own. */
export const OutboxTable = { FIRST: 'outbox', SECOND: 'outbox_second' } as const;
export type OutboxTable = (typeof OutboxTable)[keyof typeof OutboxTable];

export class OutboxRepository {
  private readonly table: string;

  /** `schema`: whose outbox; default the order app's. */
  constructor(
    private readonly pool: NodePool,
    private readonly schema: string = NODE_SCHEMA,
    table: OutboxTable = OutboxTable.FIRST,
  ) {
    this.table = `${schema}.${table}`;
  }

  /**
   * The oldest rows of the lanes in `state`, in the order of their ids within each lane, at most `perLane` for each lane; served by the primary
   * key (lane, state, id). One range over all lanes, 76 µs of the server where a statement per lane took 773. Where more is waiting than that
   * many, each lane is asked by itself, so that no lane starves behind another's backlog.
   */
  async oldest(lanes: readonly number[], state: OutboxState, perLane: number): Promise<OutboxRow[]> {
    const limit = lanes.length * perLane;
    const rows = await this.pool.query<Row[]>(this.selectOldest(lanes, state, limit));
    if (rows.length < limit) return rows.map(rowOf);
    const each = lanes.map((lane) => this.selectOldest([lane], state, perLane));
    const results = await this.pool.query<Row[][]>(`DO 0;${each.join(';')}`);
    return results.slice(1).flatMap((ofLane) => ofLane.map(rowOf));
  }

  /**
   * Forgets rows that were published. By `by_id`, row for row: left to himself the optimiser reads an outbox of some hundred rows as a whole,
   * and waits for every append that is under way, for as long as a frozen process keeps it so. `guard` is a statement that ends the
   * transaction when the lanes have another owner by now, so that a worker that was frozen changes nothing of its successor's.
   */
  async remove(rows: readonly OutboxRow[], state: OutboxState, guard: string): Promise<void> {
    await this.onEachLane(
      rows,
      guard,
      (lane, ids) =>
        `DELETE ${this.table} FROM ${this.table} FORCE INDEX (by_id) WHERE lane=${lane} AND state=${state} AND id IN (${ids})`,
    );
  }

  /**
   * Copies READY rows into the second cluster's table, in their order; by `by_id`, too, because for the order's sake the optimiser would read
   * the whole lane. Repeated it is a repeat there, under the same event ids.
   */
  async handOver(rows: readonly OutboxRow[], guard: string): Promise<void> {
    const columns = COLUMNS.replace('id, lane', 'lane');
    await this.onEachLane(
      rows,
      guard,
      (lane, ids) =>
        `INSERT INTO ${this.schema}.${OutboxTable.SECOND} (state, ${columns}) SELECT ${OutboxState.READY}, ${columns}` +
        ` FROM ${this.table} FORCE INDEX (by_id) WHERE lane=${lane} AND state=${OutboxState.READY} AND id IN (${ids}) ORDER BY id`,
    );
  }

  async move(rows: readonly OutboxRow[], from: OutboxState, to: OutboxState, guard: string): Promise<void> {
    await this.onEachLane(
      rows,
      guard,
      (lane, ids) =>
        `UPDATE ${this.table} FORCE INDEX (by_id) SET state=${to} WHERE lane=${lane} AND state=${from} AND id IN (${ids})`,
    );
  }

  /** Makes parked rows ready again, all of them or those of `merchantShards`. Ids are kept, so an order's rows keep their order. */
  async unpark(lanes: readonly number[], merchantShards?: readonly number[]): Promise<void> {
    if (merchantShards?.length === 0) return;
    const where = merchantShards === undefined ? '' : ` AND merchant_shard IN (${merchantShards.join(',')})`;
    for (const lane of lanes) {
      const statement = `UPDATE ${this.table} SET state=${OutboxState.READY} WHERE lane=${lane} AND state=${OutboxState.PARKED}${where} ORDER BY id LIMIT ${STRIDE}`;
      let changed = STRIDE;
      while (changed === STRIDE) changed = (await this.pool.query<{ affectedRows: number }>(statement)).affectedRows;
    }
  }

  /** How much waits in each state. Both statements read the index on `id`, which carries lane and state, and never the payloads. */
  async depth(): Promise<OutboxDepth> {
    const counts = `SELECT state, COUNT(*) AS waiting FROM ${this.table} GROUP BY state`;
    const oldest = `SELECT TIMESTAMPDIFF(MICROSECOND, occurred_at, UTC_TIMESTAMP(3)) AS age FROM ${this.table} ORDER BY id LIMIT 1`;
    const [counted, aged] = await this.pool.query<Row[][]>(`${counts};${oldest}`);
    const waiting = (state: OutboxState): number =>
      Number(counted?.find((row) => Number(row['state']) === state)?.['waiting'] ?? 0);
    return {
      ready: waiting(OutboxState.READY),
      parked: waiting(OutboxState.PARKED),
      projected: waiting(OutboxState.PROJECTED),
      oldestAgeMs: Math.max(0, Number(aged?.[0]?.['age'] ?? 0) / MICROSECONDS_PER_MS),
    };
  }

  private selectOldest(lanes: readonly number[], state: OutboxState, limit: number): string {
    return (
      `SELECT ${COLUMNS} FROM ${this.table} FORCE INDEX (PRIMARY)` +
      ` WHERE lane IN (${lanes.join(',')}) AND state=${state} ORDER BY lane, id LIMIT ${limit}`
    );
  }

  private async onEachLane(
    rows: readonly OutboxRow[],
    guard: string,
    statement: (lane: number, ids: string) => string,
  ): Promise<void> {
    if (rows.length === 0) return;
    const idsByLane = new Map<number, string[]>();
    for (const { lane, id } of rows) {
      const ids = idsByLane.get(lane);
      if (ids === undefined) idsByLane.set(lane, [id]);
      else ids.push(id);
    }
    const statements = [...idsByLane].map(([lane, ids]) => statement(lane, ids.join(',')));
    await this.pool.use((connection) => connection.query(`START TRANSACTION;${guard};${statements.join(';')};COMMIT`));
  }
}
