/** What the relay does with the outbox rows of deliveries. They have one dimension, so there is nothing to project before they are announced. */
import { cloudEventBody } from '@ordo/broadcast';
import { type DeliveryEventName, eventEntryOf, eventIdOf, routingKeyOf } from '@ordo/contracts';
import type { OutboxRow, RelayedApp, RelayedEvent } from '@ordo/outbox';
import type { DeliveryEventPayload } from '../change/delivery-change.js';

const SOURCE = '/ordo/delivery';

export class DeliveryRelay implements RelayedApp {
  async project(): Promise<void> {
    return;
  }

  eventOf(row: OutboxRow, sentAtMs: number): RelayedEvent {
    const { deliveryId, userId, merchantId, bizType, role, data } = JSON.parse(row.payload) as DeliveryEventPayload;
    const name = row.type as DeliveryEventName;
    const { exchange, type } = eventEntryOf(name);
    const body = cloudEventBody({
      ...{ source: SOURCE, type, orderId: row.orderId, recordId: deliveryId, version: row.version },
      ...{ userId, merchantId, bizType, occurredAtMs: row.occurredAt, sentAtMs },
      ...{ role: role ?? undefined, traceParent: row.traceParent ?? undefined, data },
    });
    return { exchange, routingKey: routingKeyOf(bizType, name), messageId: eventIdOf(deliveryId, row.version), body };
  }
}
