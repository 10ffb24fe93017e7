/** The events of grants: written into the outbox with the change that they tell of, and made by the relay from what was written. */
import { cloudEventBody } from '@ordo/broadcast';
import {
  type CompensationDocument,
  type CompensationEventName,
  eventEntryOf,
  eventIdOf,
  routingKeyOf,
} from '@ordo/contracts';
import { type OutboxRow, outboxInsert, type RelayedEvent } from '@ordo/outbox';
import { shardOf } from '@ordo/sharding';
import type { GrantCompanion } from './compensation-companion.js';
import { toldBy } from './compensation-telling.rules.js';
import { compensationOf } from './compensation-text.js';

/** The companion that writes them, into the outbox of `schema`. */
export const grantTelling = (schema: string): GrantCompanion => ({
  follow: ({ before, grant }, nowMs) => {
    const type = toldBy(before?.state, grant.state);
    if (type === undefined) return { inserts: [] };
    const { orderId, userId, merchantId, events: version } = grant;
    const entry = {
      ...{ orderId, version, type, occurredAt: nowMs, traceParent: null },
      ...{ userShard: shardOf(userId), merchantShard: shardOf(merchantId) },
      payload: JSON.stringify(compensationOf(grant)),
    };
    return { inserts: [outboxInsert(entry, schema)] };
  },
});

/** Whether an outbox row is about a grant: such a row has no projection. */
export const isCompensationRow = ({ type }: OutboxRow): boolean => type.startsWith('compensation.');

export function compensationEventOf(row: OutboxRow, sentAtMs: number): RelayedEvent {
  const document = JSON.parse(row.payload) as CompensationDocument;
  const { compensationId: recordId, orderId, userId, merchantId, bizType } = document;
  const name = row.type as CompensationEventName;
  const { exchange, type } = eventEntryOf(name);
  const body = cloudEventBody({
    ...{ source: '/ordo/aftersale', type, orderId, recordId, version: row.version, userId, merchantId, bizType },
    ...{
      occurredAtMs: row.occurredAt,
      sentAtMs,
      role: undefined,
      traceParent: undefined,
      data: dataOf(name, document),
    },
  });
  return { exchange, routingKey: routingKeyOf(bizType, name), messageId: eventIdOf(recordId, row.version), body };
}

function dataOf(name: CompensationEventName, document: CompensationDocument): Readonly<Record<string, unknown>> {
  const { compensationId, compensationNumber, status, rule, ruleVersion, asset, amount, currency, liable } = document;
  const data = { compensationId, compensationNumber, status, rule, ruleVersion, asset, amount, currency, liable };
  return name === 'compensation.failed' ? { ...data, failure: document.failure } : data;
}
