/**
 * One change of one delivery, and everything that must commit with it: the row, the waybill, the timeline, the events, the timers. Guarantee:
 * of two writers one sees what the other did (the row is locked), and what is announced is on disk.
 */
import { type DeliveryEventName, deliveryStateCode } from '@ordo/contracts';
import { outboxInsert } from '@ordo/outbox';
import { dateTimeText, type GroupedInsert, quoteList, shardOf } from '@ordo/sharding';
import type { DeliveryRecord } from '../delivery-record/delivery-record.js';
import { DELIVERY_NODE_SCHEMA, type DeliveryAddress } from '../schemas/delivery-schemas.js';

/** What is told of a change. The version is the record's after this event. */
export interface DeliveryEvent {
  readonly type: DeliveryEventName;
  readonly occurredAtMs: number;
  readonly role: number | null;
  /** Beside what every event of a delivery says. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** The JSON in an outbox row. */
export interface DeliveryEventPayload {
  readonly deliveryId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly role: number | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/**
 * The record after `events` were told of it, and their rows. Each event has a version of its own, so that a change that tells two things
 * (delivered, and late) leaves no gap and no repeat.
 */
export function told(
  before: DeliveryRecord | undefined,
  after: DeliveryRecord,
  events: readonly DeliveryEvent[],
  address: DeliveryAddress,
  traceParent: string | null,
): { readonly record: DeliveryRecord; readonly inserts: readonly GroupedInsert[] } {
  const from = before?.version ?? 0;
  const inserts = events.flatMap((event, at) => {
    const version = from + at + 1;
    return [timelineRow(after, event, version, address), outboxRow(before, after, event, version, traceParent)];
  });
  return { record: { ...after, version: from + events.length }, inserts };
}

function timelineRow(
  { orderId, life, carrier }: DeliveryRecord,
  { type, occurredAtMs, role }: DeliveryEvent,
  version: number,
  { schema }: DeliveryAddress,
): GroupedInsert {
  const { state, subState, attempt, courier } = life;
  const courierId = courier?.courierId ?? null;
  return {
    into: `INSERT INTO ${schema}.delivery_event (order_id, version, type, state, sub_state, attempt, carrier, courier_id, role, occurred_at)`,
    row: quoteList([
      ...[orderId, version, type, deliveryStateCode[state], subState, attempt, carrier, courierId, role],
      dateTimeText(occurredAtMs),
    ]),
  };
}

function outboxRow(
  before: DeliveryRecord | undefined,
  after: DeliveryRecord,
  { type, occurredAtMs, role, more = {} }: DeliveryEvent,
  version: number,
  traceParent: string | null,
): GroupedInsert {
  const { orderId, deliveryId, userId, merchantId, bizType, life, carrier } = after;
  const data = {
    ...{ deliveryId, state: life.state, previousState: before?.life.state ?? null, subState: life.subState },
    ...{ attempt: life.attempt, carrier, courierId: life.courier?.courierId ?? null },
    ...more,
  };
  const payload: DeliveryEventPayload = { deliveryId, userId, merchantId, bizType, role, data };
  const userShard = shardOf(userId);
  return outboxInsert(
    {
      ...{ orderId, version, userShard, type, occurredAt: occurredAtMs, traceParent, payload: JSON.stringify(payload) },
      // A delivery has one dimension: nothing is projected, and no other node's loss may park its events.
      merchantShard: userShard,
    },
    DELIVERY_NODE_SCHEMA,
  );
}
