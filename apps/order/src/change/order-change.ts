/**
 * One change of one order, and everything that must commit with it: the row as it was, the row as it is, and the event. The payload
 * is what the relay needs to project the change without reading the authority again.
 */
import { orderStatusCode } from '@ordo/contracts';
import { outboxInsert } from '@ordo/outbox';
import { type Effects, newChangeMark, shardOf, userSchema } from '@ordo/sharding';
import { changedAssignments } from '../record/order-columns.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';

export interface ChangeEvent {
  /** Name in the event catalogue, e.g. `order.paid`. */
  readonly type: string;
  readonly occurredAt: number;
  readonly role: number | null;
  readonly reasonCode: number | null;
  /** Free text of the caller for the timeline; never published, because it may hold personal data. */
  readonly note: string | null;
  /** What the event explains beyond its envelope; the catalogue has its schema. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** The JSON in an outbox row. */
export interface OrderChangePayload {
  readonly base: OrderBase;
  /** Only with the placement: the snapshot never changes afterwards. */
  readonly ext?: OrderExt;
  readonly event: Omit<ChangeEvent, 'occurredAt' | 'type'>;
}

/** The outbox row of a change. */
export function changeInsert(
  base: OrderBase,
  event: ChangeEvent,
  traceParent: string,
  ext?: OrderExt,
): Effects['inserts'][number] {
  const { type, occurredAt, ...told } = event;
  const payload: OrderChangePayload = ext === undefined ? { base, event: told } : { base, ext, event: told };
  return outboxInsert({
    orderId: base.orderId,
    version: base.version,
    userShard: shardOf(base.userId),
    merchantShard: shardOf(base.merchantId),
    type,
    occurredAt,
    traceParent,
    payload: JSON.stringify(payload),
  });
}

/** The effects of `before` → `after`: a compare-and-set on (status, version), and the outbox row. */
export function transitionEffects(
  before: OrderBase,
  after: OrderBase,
  event: ChangeEvent,
  traceParent: string,
): Effects {
  const table = `${userSchema(shardOf(before.userId))}.order_base`;
  const changeMark = newChangeMark();
  const where = `order_id=${before.orderId} AND status=${orderStatusCode[before.status]} AND version=${before.version}`;
  return {
    updates: [`UPDATE ${table} SET ${changedAssignments(before, after)}, change_mark=${changeMark} WHERE ${where}`],
    inserts: [changeInsert(after, event, traceParent)],
    proof: `SELECT order_id FROM ${table} WHERE order_id=${before.orderId} AND change_mark=${changeMark} LOCK IN SHARE MODE`,
  };
}
