/** Listens to orders: an acceptance begins a delivery, an end ends it, and so does a receipt that no carrier brought about. */
import { byEvent, type EventHandler } from '@ordo/broadcast';
import { OrderStatus } from '@ordo/contracts';
import type { HandOffHandler } from './hand-off-handler.js';
import type { OrderEndHandler } from './order-end-handler.js';
import type { OrderReceiptHandler } from './order-receipt-handler.js';

/** The queue of the topology, and the name in the inbox. */
export const HAND_OFF_QUEUE = 'ordo.order.delivery.hand-off';

const mayHaveDelivery: readonly string[] = [OrderStatus.ACCEPTED, OrderStatus.RECEIVED];

export const orderEventsHandler = (
  handOffs: HandOffHandler,
  ends: OrderEndHandler,
  receipts: OrderReceiptHandler,
): EventHandler =>
  byEvent({
    'order.accepted': (event) =>
      handOffs.atAcceptance(event.subject, { consumer: HAND_OFF_QUEUE, eventId: event.id }, event.traceparent ?? null),
    'order.received': (event) => receipts.atReceipt(event.subject, event.role, event.traceparent ?? null),
    'order.invalidated': (event) =>
      ends.atEnd(
        event.subject,
        mayHaveDelivery.includes(event.data.previousStatus),
        { consumer: HAND_OFF_QUEUE, eventId: event.id },
        event.traceparent ?? null,
      ),
  });
