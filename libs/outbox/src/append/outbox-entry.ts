/**
 * What a change leaves behind in the transaction that makes it. Guarantee (P1): the row commits with the change or not at all, so
 * a change that is on disk will be projected and published, whatever dies in between.
 */
import { dateTimeText, type GroupedInsert, laneOf, NODE_SCHEMA, quote } from '@ordo/sharding';

export interface OutboxEntry {
  readonly orderId: string;
  readonly version: number;
  readonly userShard: number;
  readonly merchantShard: number;
  /** Name in the event catalogue, e.g. `order.paid`. */
  readonly type: string;
  /** Epoch ms at which the change happened. */
  readonly occurredAt: number;
  /** W3C traceparent of the call that caused it. */
  readonly traceParent: string | null;
  /** JSON that the owning app wrote for its own projection; opaque to the outbox. */
  readonly payload: string;
}

const intoOf = (schema: string): string =>
  `INSERT INTO ${schema}.outbox (lane, state, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload)`;
const INTO = intoOf(NODE_SCHEMA);

/**
 * The outbox row of `entry`, to be applied in the same shard transaction as the change itself. `schema`: that of the app's own outbox, on
 * every node; default `ordo_node`, the order app's.
 */
export function outboxInsert(entry: OutboxEntry, schema: string = NODE_SCHEMA): GroupedInsert {
  const lane = laneOf(entry.userShard);
  const trace = quote(entry.traceParent);
  const row =
    `(${lane},0,${entry.orderId},${entry.version},${entry.userShard},${entry.merchantShard},` +
    `${quote(entry.type)},${quote(dateTimeText(entry.occurredAt))},${trace},${quote(entry.payload)})`;
  return { into: schema === NODE_SCHEMA ? INTO : intoOf(schema), row };
}
