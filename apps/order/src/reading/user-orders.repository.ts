/**
 * Reads of the authority, the user shards. Statements name the index that serves them, because an optimiser that sees
 * `ORDER BY order_id DESC LIMIT n` may otherwise walk the whole primary key for a user with few orders.
 */
import type { OrderStatus } from '@ordo/contracts';
import { orderStatusCode } from '@ordo/contracts';
import { decodeOrderNumber, msOfDateTime, type NodePools, type Placement, shardOf, userSchema } from '@ordo/sharding';
import type { OrderPayment, PaymentKind } from '../payment/payment.repository.js';
import { BASE_COLUMNS, baseOfRow, EXT_COLUMNS, extOfRow, type OrderRow } from '../record/order-columns.js';
import { newestFirst, type OrderRecord, pageStatement, recordsOf } from './order-rows.js';

export interface UserListQuery {
  readonly userId: string;
  readonly status: OrderStatus | undefined;
  /** Only orders with a smaller id; undefined for the newest. */
  readonly before: string | undefined;
  readonly limit: number;
}

/** Primary key of both tables; ids are validated decimals, so they need no quoting. */
const pairOf = (schema: string, ids: string): string =>
  `SELECT ${BASE_COLUMNS} FROM ${schema}.order_base WHERE order_id IN (${ids});` +
  `SELECT ${EXT_COLUMNS} FROM ${schema}.order_ext WHERE order_id IN (${ids})`;

export class UserOrdersRepository {
  constructor(
    private readonly pools: NodePools,
    private readonly placement: Placement,
  ) {}

  /** Both rows of one order in one round trip; undefined when there is no such order. */
  async read(orderId: string): Promise<OrderRecord | undefined> {
    const { userShard } = decodeOrderNumber(orderId);
    const pool = this.pools.at(this.placement.userNode(userShard));
    const [bases, exts] = await pool.query<OrderRow[][]>(pairOf(userSchema(userShard), orderId));
    const [base, ext] = [bases?.[0], exts?.[0]];
    return base === undefined || ext === undefined ? undefined : { base: baseOfRow(base), ext: extOfRow(ext) };
  }

  /** The orders among `orderIds` that exist, in no order: one round trip per node, whatever the number of shards. */
  async readMany(orderIds: readonly string[]): Promise<OrderRecord[]> {
    const byNode = new Map<number, Map<number, string[]>>();
    for (const orderId of orderIds) {
      const { userShard } = decodeOrderNumber(orderId);
      const node = this.placement.userNode(userShard);
      const shards = byNode.get(node) ?? new Map<number, string[]>();
      byNode.set(node, shards.set(userShard, [...(shards.get(userShard) ?? []), orderId]));
    }
    const reads = [...byNode].map(async ([node, shards]) => {
      const statements = [...shards].map(([shard, ids]) => pairOf(userSchema(shard), ids.join(',')));
      const results = await this.pools.at(node).query<OrderRow[][]>(statements.join(';'));
      return results.flatMap((bases, index) => (index % 2 === 0 ? recordsOf(bases, results[index + 1] ?? []) : []));
    });
    return (await Promise.all(reads)).flat();
  }

  /** Every payment of an order that was announced. Primary key (order_id, payment_id): an order has very few. */
  async payments(orderId: string): Promise<OrderPayment[]> {
    const { userShard } = decodeOrderNumber(orderId);
    const pool = this.pools.at(this.placement.userNode(userShard));
    const rows = await pool.query<OrderRow[]>(
      `SELECT payment_id, kind, paid_amount, paid_at FROM ${userSchema(userShard)}.order_payment` +
        ` WHERE order_id=${orderId} ORDER BY recorded_at, payment_id`,
    );
    return rows.map((row) => ({
      orderId,
      paymentId: String(row['payment_id']),
      kind: Number(row['kind']) as PaymentKind,
      paidAmount: Number(row['paid_amount']),
      paidAt: msOfDateTime(String(row['paid_at'])),
    }));
  }

  /** A user's orders, newest first; `by_user` (user_id, order_id) or `by_user_status` (user_id, status, order_id). */
  async list(query: UserListQuery): Promise<OrderRecord[]> {
    const shard = shardOf(query.userId);
    const schema = userSchema(shard);
    const pool = this.pools.at(this.placement.userNode(shard));
    const status = query.status === undefined ? '' : ` AND status=${orderStatusCode[query.status]}`;
    const before = query.before === undefined ? '' : ` AND order_id<${query.before}`;
    const page =
      `SELECT order_id FROM ${schema}.order_base FORCE INDEX (${status === '' ? 'by_user' : 'by_user_status'})` +
      ` WHERE user_id=${query.userId}${status}${before} ORDER BY order_id DESC LIMIT ${query.limit}`;
    return newestFirst(await pool.query<OrderRow[]>(pageStatement(schema, page)));
  }
}
