/**
 * The events of an order's life that this release publishes. An event says what happened, to whom and why; it is not a copy of the
 * order: a consumer that needs more reads the order, which is never older than the event (P2).
 */
import { InvalidReason, invalidReasons } from '../order/invalid-reason.js';
import { OrderStatus, orderStatuses } from '../order/order-status.js';
import { OrderTag } from '../order/order-tag.js';
import type { EventEntry, JsonSchema } from './event-entry.js';

const status = { enum: orderStatuses, description: 'State after the event' };
const previousStatus = { enum: orderStatuses, description: 'State before the event' };
const instant = { type: 'string', format: 'date-time' };
const deadlineAt = { type: ['string', 'null'], format: 'date-time', description: 'When the new state ends by itself' };
const amount = { type: 'integer', minimum: 0, description: 'Minor units' };
const paymentId = { type: 'string', maxLength: 64 };
const tagNames = { type: 'array', items: { enum: Object.keys(OrderTag) } };

const object = (required: readonly string[], properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  required,
  properties,
});

const order = (routingEvent: string, entry: Pick<EventEntry, 'description' | 'data' | 'example'>): EventEntry => ({
  exchange: 'ordo.order',
  type: `ordo.order.${routingEvent}.v1`,
  routingEvent,
  stage: 'published',
  ...entry,
});

const { CREATED, PAID, ACCEPTED, RECEIVED, COMPLETED, INVALID } = OrderStatus;
const NOON = '2026-11-20T12:00:00.000Z';

export const orderEvents = {
  'order.created': order('created', {
    description: 'An order was placed. It is not effective yet: the merchant does not see it before it is paid.',
    data: object(['status', 'currency', 'payAmount'], {
      status,
      currency: { type: 'string' },
      payAmount: amount,
      deadlineAt,
    }),
    example: { status: CREATED, currency: 'CNY', payAmount: 3600, deadlineAt: NOON },
  }),
  'order.paid': order('paid', {
    description: 'The payment was confirmed: the order is effective, the merchant sees it, its accept clock runs.',
    data: object(['status', 'previousStatus', 'paymentId', 'paidAmount'], {
      status,
      previousStatus,
      paymentId,
      paidAmount: amount,
      currency: { type: 'string' },
      businessDate: { type: ['string', 'null'], format: 'date', description: 'Business day of the merchant' },
      deadlineAt,
    }),
    example: {
      status: PAID,
      previousStatus: CREATED,
      paymentId: 'pay-7f3a',
      paidAmount: 3600,
      currency: 'CNY',
      businessDate: '2026-11-20',
      deadlineAt: NOON,
    },
  }),
  'order.accepted': order('accepted', {
    description:
      'The merchant took the order. The state after it depends on the business type (ACCEPTED or FULFILLING).',
    data: object(['status', 'previousStatus'], { status, previousStatus, deadlineAt }),
    example: { status: ACCEPTED, previousStatus: PAID, deadlineAt: NOON },
  }),
  'order.received': order('received', {
    description: 'The goods reached the user, by callback, by hand or by the fallback deadline.',
    data: object(['status', 'previousStatus'], { status, previousStatus, deadlineAt }),
    example: { status: RECEIVED, previousStatus: ACCEPTED, deadlineAt: NOON },
  }),
  'order.completed': order('completed', {
    description: 'The forward life ended: settlement may book. Refunds from here on are orders of their own.',
    data: object(['status', 'previousStatus'], { status, previousStatus, afterSaleUntil: instant }),
    example: { status: COMPLETED, previousStatus: RECEIVED, afterSaleUntil: NOON },
  }),
  'order.invalidated': order('invalidated', {
    description: 'The order ended without completion. Paid money, if any, goes back.',
    data: object(['status', 'previousStatus', 'reasonCode'], {
      status,
      previousStatus,
      reasonCode: { enum: invalidReasons, description: 'DOMAIN §1, invalid reasons' },
    }),
    example: { status: INVALID, previousStatus: PAID, reasonCode: InvalidReason.SOLD_OUT },
  }),
  'order.tagged': order('tagged', {
    description: 'A fact was attached to the order, or taken off, without a change of state.',
    data: object(['status', 'tags', 'added', 'removed'], {
      status,
      tags: tagNames,
      added: tagNames,
      removed: tagNames,
    }),
    example: { status: COMPLETED, tags: ['AFTER_SALE_OPEN'], added: ['AFTER_SALE_OPEN'], removed: [] },
  }),
  'order.late_payment': order('late_payment', {
    description:
      'A payment arrived after closing, or a second one arrived. No state changes; a full refund of that payment starts.',
    data: object(['status', 'paymentId', 'paidAmount', 'kind'], {
      status,
      paymentId,
      paidAmount: amount,
      paidAt: instant,
      currency: { type: 'string' },
      kind: { enum: ['LATE', 'DUPLICATE'], description: 'LATE: the order was closed. DUPLICATE: it was already paid.' },
    }),
    example: { status: INVALID, paymentId: 'pay-9c21', paidAmount: 3600, paidAt: NOON, currency: 'CNY', kind: 'LATE' },
  }),
} as const satisfies Readonly<Record<`order.${string}`, EventEntry>>;
