/** An outbox row of the order app, read. */

import { cloudEventBody } from '@ordo/broadcast';
import { type EventName, eventEntryOf, eventIdOf, routingKeyOf } from '@ordo/contracts';
import type { OutboxRow, RelayedEvent } from '@ordo/outbox';
import type { OrderChangePayload } from '../change/order-change.js';
import type { OrderBase } from '../record/order-record.js';

export interface OrderProjection {
  readonly merchantShard: number;
  readonly userShard: number;
  readonly type: string;
  readonly occurredAt: number;
  readonly payload: OrderChangePayload;
}

/** A payload is parsed for the projection and needed once more for the event, moments later. */
const parsed = new WeakMap<OutboxRow, OrderChangePayload>();

export function payloadOf(row: OutboxRow): OrderChangePayload {
  const known = parsed.get(row);
  if (known !== undefined) return known;
  const payload = JSON.parse(row.payload) as OrderChangePayload;
  parsed.set(row, payload);
  return payload;
}

export function projectionOf(row: OutboxRow): OrderProjection {
  const { merchantShard, userShard, type, occurredAt } = row;
  return { merchantShard, userShard, type, occurredAt, payload: payloadOf(row) };
}

export const withSerial = (row: OrderProjection, daySerial: number): OrderProjection => {
  const base: OrderBase = { ...row.payload.base, daySerial };
  return { ...row, payload: { ...row.payload, base } };
};

/** The message that announces `row`: its envelope, and what the event explains; never the order itself. */
export function announcementOf(row: OutboxRow, sentAtMs: number): RelayedEvent {
  const { base, event } = payloadOf(row);
  const name = row.type as EventName;
  const { exchange, type } = eventEntryOf(name);
  const body = cloudEventBody({
    ...{ source: '/ordo/order', type, orderId: row.orderId, version: row.version, userId: base.userId },
    ...{ merchantId: base.merchantId, bizType: base.bizType, occurredAtMs: row.occurredAt, sentAtMs },
    ...{ role: event.role ?? undefined, traceParent: row.traceParent ?? undefined, data: event.data },
  });
  return {
    exchange,
    routingKey: routingKeyOf(base.bizType, name),
    messageId: eventIdOf(row.orderId, row.version),
    body,
  };
}
