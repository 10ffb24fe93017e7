/**
 * What the relay does with an order's outbox rows: project them into the merchant's shard, give the daily serial to those that were
 * paid, write it back to the authority, and only then let the event go (P2).
 */
import type { OutboxRow, RelayedApp, RelayedEvent } from '@ordo/outbox';
import { affectedRowsOf, isDeadlock, type NodeConnection, type NodePools, type Placement } from '@ordo/sharding';
import type { OrderCache } from '../change/order-cache.js';
import { announcementOf, type OrderProjection, projectionOf, withSerial } from './order-projection.js';
import {
  type FeedHeadRow,
  givenSerials,
  planProjection,
  type SerialRequest,
  serialWriteBack,
  takeSerials,
  upsertsOf,
} from './projection.repository.js';

/** Two relays may meet on a counter; the victim goes again, and a batch converges however often it is projected. */
const DEADLOCK_RETRIES = 5;

/** A merchant, and the version that a projection gave to its feed. */
export type FeedRaise = readonly [merchantId: string, version: number];

/** Hears of feeds that have risen, once that is durable. Never throws and never waits long: a raise that fails is made good later. */
export interface FeedBoard {
  raise(raises: readonly FeedRaise[]): Promise<void>;
}

interface Projected {
  /** Rows that carry a serial now. */
  readonly serialled: OrderProjection[];
  readonly raises: readonly FeedRaise[];
}

export class OrderRelay implements RelayedApp {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
    private readonly cache: OrderCache,
    private readonly feeds: FeedBoard,
  ) {}

  async project(merchantNode: number, rows: readonly OutboxRow[]): Promise<void> {
    const projections = rows.map(projectionOf);
    const { serialled, raises } = await this.write(merchantNode, projections);
    const moved = projections.filter(({ type, payload }) => payload.base.version > 1 && type !== 'order.paid');
    await Promise.all([this.feeds.raise(raises), this.settle(moved, serialled)]);
  }

  private async settle(moved: readonly OrderProjection[], serialled: readonly OrderProjection[]): Promise<void> {
    if (serialled.length > 0) await this.writeBack(serialled);
    await this.refresh([...moved, ...serialled]);
  }

  /**
   * No cached row may be older than an event that is about to go out. The writer has refreshed it already, unless it died between its
   * COMMIT and the cache. A first version is in no cache but by a read, which cannot be older.
   */
  private async refresh(rows: readonly OrderProjection[]): Promise<void> {
    await Promise.all(rows.map(({ payload }) => this.cache.remember(payload.base)));
  }

  eventOf(row: OutboxRow, sentAt: number): RelayedEvent {
    return announcementOf(row, sentAt);
  }

  private write(node: number, rows: readonly OrderProjection[]): Promise<Projected> {
    return afterDeadlocks(() => this.pools.at(node).use((connection) => project(connection, rows)));
  }

  private async writeBack(rows: readonly OrderProjection[]): Promise<void> {
    const byNode = new Map<number, string[]>();
    for (const { userShard, payload } of [...rows].sort(byOrder)) {
      const node = this.placement.userNode(userShard);
      const statement = serialWriteBack(userShard, payload.base.orderId, payload.base.daySerial ?? 0);
      byNode.set(node, [...(byNode.get(node) ?? []), statement]);
    }
    await Promise.all([...byNode].map(([node, statements]) => this.commit(node, statements)));
  }

  private commit(node: number, statements: readonly string[]): Promise<unknown> {
    const packet = `START TRANSACTION;${statements.join(';')};COMMIT`;
    return afterDeadlocks(() => this.pools.at(node).use((connection) => connection.query(packet)));
  }
}

async function afterDeadlocks<T>(work: () => Promise<T>, attempt = 0): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDeadlock(error) || attempt >= DEADLOCK_RETRIES) throw error;
    return afterDeadlocks(work, attempt + 1);
  }
}

const byOrder = (a: OrderProjection, b: OrderProjection): number =>
  a.userShard - b.userShard || (a.payload.base.orderId < b.payload.base.orderId ? -1 : 1);

async function project(connection: NodeConnection, rows: readonly OrderProjection[]): Promise<Projected> {
  const paid = rows.filter((row) => row.type === 'order.paid');
  if (paid.length === 0) return { serialled: [], raises: await write(connection, 'START TRANSACTION', rows) };
  await connection.query('START TRANSACTION');
  const serialled = await giveSerials(connection, paid);
  const others = rows.filter((row) => row.type !== 'order.paid');
  return { serialled, raises: await write(connection, 'DO 0', [...others, ...serialled]) };
}

/** Writes and commits: in one round trip where nothing has to be looked at, else in two. Answers what became of the feeds. */
async function write(
  connection: NodeConnection,
  opening: string,
  rows: readonly OrderProjection[],
): Promise<FeedRaise[]> {
  const { statements, updates, heads } = planProjection(rows);
  const closing = updates.size === 0 ? ';COMMIT' : '';
  const results = await connection.query<unknown[]>(`${opening};${statements.join(';')}${closing}`);
  if (updates.size > 0) {
    const missed = [...updates].filter(([place]) => affectedRowsOf(results[place + 1]) === 0).map(([, row]) => row);
    await connection.query([...upsertsOf(missed), 'COMMIT'].join(';'));
  }
  return heads.flatMap((place) =>
    (results[place + 1] as FeedHeadRow[]).map((row): FeedRaise => [String(row.merchant_id), Number(row.last_version)]),
  );
}

/** Unique and rising per (merchant, business day); an order that has one keeps it. */
async function giveSerials(connection: NodeConnection, paid: readonly OrderProjection[]): Promise<OrderProjection[]> {
  const given = await givenSerials(connection, paid);
  const requests = new Map<string, SerialRequest & { rows: OrderProjection[] }>();
  const kept: OrderProjection[] = [];
  for (const row of paid) {
    const { orderId, merchantId, businessDate } = row.payload.base;
    const serial = given.get(orderId);
    if (serial !== undefined) {
      kept.push(withSerial(row, serial));
      continue;
    }
    const day = businessDate ?? '';
    const key = `${merchantId}/${day}`;
    const request = requests.get(key) ?? {
      merchantShard: row.merchantShard,
      merchantId,
      businessDate: day,
      count: 0,
      rows: [],
    };
    requests.set(key, { ...request, count: request.count + 1, rows: [...request.rows, row] });
  }
  if (requests.size === 0) return kept;
  const asked = [...requests].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, request]) => request);
  const last = await takeSerials(connection, asked);
  const fresh = asked.flatMap(({ rows, count }, index) =>
    rows.map((row, place) => withSerial(row, (last[index] ?? 0) - count + place + 1)),
  );
  return [...kept, ...fresh];
}
