/**
 * What the relay does with the outbox rows of the app: those of refunds are projected into the merchant's list, and only then is the event let go
 * (P2); those of compensations have no projection.
 */
import { cloudEventBody } from '@ordo/broadcast';
import { type EventName, eventEntryOf, eventIdOf, RefundStatus, refundStatusCode, routingKeyOf } from '@ordo/contracts';
import type { OutboxRow, RelayedApp, RelayedEvent } from '@ordo/outbox';
import { isDeadlock, type NodePools, quote } from '@ordo/sharding';
import { AftersalePlacement } from '../change/aftersale-address.js';
import type { RefundChangePayload } from '../change/refund-change.js';
import { compensationEventOf, isCompensationRow } from '../compensation/compensation-events.js';
import { documentOf } from '../record/refund-text.js';

/** Two relays may meet on a row; the victim goes again, and a batch converges however often it is projected. */
const DEADLOCK_RETRIES = 5;
const COLUMNS = 'refund_id, order_id, merchant_id, status, version, document';
/** An older version never replaces a newer one. `version` last: the other assignments compare it first. */
const ON_NEWER =
  'ON DUPLICATE KEY UPDATE status=IF(VALUES(version)>version,VALUES(status),status),' +
  'document=IF(VALUES(version)>version,VALUES(document),document),version=GREATEST(version,VALUES(version))';

const payloadOf = (row: OutboxRow): RefundChangePayload => JSON.parse(row.payload) as RefundChangePayload;

export class RefundRelay implements RelayedApp {
  private readonly placement: AftersalePlacement;

  constructor(private readonly pools: NodePools) {
    this.placement = new AftersalePlacement(pools.all.length);
  }

  async project(merchantNode: number, rows: readonly OutboxRow[]): Promise<void> {
    const bySchema = new Map<string, string[]>();
    for (const row of rows.filter((each) => !isCompensationRow(each))) {
      const { record } = payloadOf(row);
      const { schema } = this.placement.ofMerchant(record.merchantId);
      bySchema.set(schema, [...(bySchema.get(schema) ?? []), literalsOf(row)]);
    }
    // One order of schemas for every relay: two that project into the same ones meet in a queue, not in a deadlock.
    const statements = [...bySchema]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([schema, literals]) =>
          `INSERT INTO ${schema}.merchant_refund (${COLUMNS}) VALUES ${literals.join(',')} ${ON_NEWER}`,
      );
    if (statements.length > 0) await this.commit(merchantNode, `START TRANSACTION;${statements.join(';')};COMMIT`);
  }

  eventOf(row: OutboxRow, sentAtMs: number): RelayedEvent {
    if (isCompensationRow(row)) return compensationEventOf(row, sentAtMs);
    const payload = payloadOf(row);
    const { record } = payload;
    const name = row.type as EventName;
    const { exchange, type } = eventEntryOf(name);
    const body = cloudEventBody({
      ...{ source: '/ordo/aftersale', type, orderId: record.orderId, recordId: record.refundId, version: row.version },
      ...{ userId: record.userId, merchantId: record.merchantId, bizType: record.bizType, role: record.role },
      ...{ occurredAtMs: row.occurredAt, sentAtMs, traceParent: row.traceParent ?? undefined, data: dataOf(payload) },
    });
    const messageId = eventIdOf(record.refundId, row.version);
    return { exchange, routingKey: routingKeyOf(record.bizType, name), messageId, body };
  }

  private async commit(node: number, packet: string, attempt = 0): Promise<void> {
    try {
      await this.pools.at(node).use((connection) => connection.query(packet));
    } catch (error) {
      if (!isDeadlock(error) || attempt >= DEADLOCK_RETRIES) throw error;
      await this.commit(node, packet, attempt + 1);
    }
  }
}

function literalsOf(row: OutboxRow): string {
  const { record } = payloadOf(row);
  const { refundId, orderId, merchantId, status } = record;
  const document = quote(JSON.stringify(documentOf(record)));
  return `(${refundId},${orderId},${merchantId},${refundStatusCode[status]},${row.version},${document})`;
}

const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

/** What the event explains (event catalogue). */
function dataOf({ record, previousStatus }: RefundChangePayload): Readonly<Record<string, unknown>> {
  const { refundId, status, kind, scope, origin, amount, currency, refundNumber, deadlineAt, failure } = record;
  const common = { refundId, status, previousStatus, kind, scope, origin, amount, currency };
  if (status === RefundStatus.APPLIED || status === RefundStatus.REJECTED) {
    return { ...common, deadlineAt: isoOf(deadlineAt) };
  }
  if (refundNumber === null) return common;
  return status === RefundStatus.FAILED ? { ...common, refundNumber, failure } : { ...common, refundNumber };
}
