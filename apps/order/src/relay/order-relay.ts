/**
 * What the relay does with an order's outbox rows: project them into the merchant's shard, give the daily serial to those that were
 * paid, write it back to the authority, and only then let the event go (P2).
 */
import type { OutboxRow, RelayedApp, RelayedEvent } from '@ordo/outbox';
import { isDeadlock, type NodeConnection, type NodePools, type Placement } from '@ordo/sharding';
import type { OrderCache } from '../change/order-cache.js';
import type { OrderBase } from '../record/order-record.js';
import { announcementOf, type OrderProjection, projectionOf, withSerial } from './order-projection.js';
import {
  givenSerials,
  projectionStatements,
  type SerialRequest,
  serialWriteBack,
  takeSerials,
  writeSerials,
} from './projection.repository.js';

/** Two relays may meet on a counter; the victim goes again, and a batch converges however often it is projected. */
const DEADLOCK_RETRIES = 5;

export class OrderRelay implements RelayedApp {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
    private readonly cache: OrderCache,
  ) {}

  async project(merchantNode: number, rows: readonly OutboxRow[]): Promise<void> {
    const projections = rows.map(projectionOf);
    const serialled = await this.write(merchantNode, projections);
    const current = serialled.length === 0 ? [] : await this.writeBack(serialled);
    await this.refresh(projections, current);
  }

  /**
   * No cached row may be older than an event that is about to go out. The writer has refreshed it already, unless it died between its
   * COMMIT and the cache. A first version is in no cache but by a read, which cannot be older.
   */
  private async refresh(projections: readonly OrderProjection[], current: readonly OrderBase[]): Promise<void> {
    const moved = projections.map(({ payload }) => payload.base).filter((base) => base.version > 1);
    await Promise.all([...moved, ...current].map((base) => this.cache.remember(base)));
  }

  eventOf(row: OutboxRow, sentAt: number): RelayedEvent {
    return announcementOf(row, sentAt);
  }

  /** Answers the rows that carry a serial now. */
  private write(node: number, rows: readonly OrderProjection[]): Promise<OrderProjection[]> {
    return afterDeadlocks(() => this.pools.at(node).use((connection) => project(connection, rows)));
  }

  /**
   * Answers the orders as the authority has them now. The order may have moved on since it was paid, and a cached row of that later
   * version would keep the missing serial for as long as it lives.
   */
  private async writeBack(rows: readonly OrderProjection[]): Promise<OrderBase[]> {
    const byNode = new Map<number, string[]>();
    for (const { userShard, payload } of [...rows].sort(byOrder)) {
      const node = this.placement.userNode(userShard);
      const statement = serialWriteBack(userShard, payload.base.orderId, payload.base.daySerial ?? 0);
      byNode.set(node, [...(byNode.get(node) ?? []), statement]);
    }
    const written = await Promise.all(
      [...byNode].map(([node, statements]) =>
        afterDeadlocks(() => this.pools.at(node).use((connection) => writeSerials(connection, statements))),
      ),
    );
    return written.flat();
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

async function project(connection: NodeConnection, rows: readonly OrderProjection[]): Promise<OrderProjection[]> {
  const paid = rows.filter((row) => row.type === 'order.paid');
  if (paid.length === 0) {
    // Nothing depends on what is found, so one round trip carries the whole transaction.
    await connection.query(`START TRANSACTION;${projectionStatements(rows).join(';')};COMMIT`);
    return [];
  }
  await connection.query('START TRANSACTION');
  const serialled = await giveSerials(connection, paid);
  const others = rows.filter((row) => row.type !== 'order.paid');
  await connection.query(`${projectionStatements([...others, ...serialled]).join(';')};COMMIT`);
  return serialled;
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
