/** Names of DOMAIN §5 that belong to later floors of the house: kept here so that no two teams give one name two meanings. */
import type { EventEntry, EventExchange } from './event-entry.js';

const open = { type: 'object' };

const reserved = (exchange: EventExchange, routingEvent: string, description: string): EventEntry => ({
  exchange,
  type: `${exchange}.${routingEvent}.v1`,
  routingEvent,
  stage: 'reserved',
  description,
  data: open,
  example: {},
});

const delivery = (event: string, description: string): EventEntry => reserved('ordo.delivery', event, description);
/** Compensation is part of the reverse side and shares its exchange; the prefix keeps `failed` apart from a refund's. */
const compensation = (event: string, description: string): EventEntry => ({
  ...reserved('ordo.refund', `compensation_${event}`, description),
  type: `ordo.compensation.${event}.v1`,
});

export const reservedEvents = {
  'order.prepared': reserved('ordo.order', 'prepared', 'The meal is ready for pick-up.'),
  'order.reminded': reserved('ordo.order', 'reminded', 'The user reminded the merchant.'),
  'delivery.to_call': delivery('to_call', 'A courier is to be called.'),
  'delivery.called': delivery('called', 'The carrier has the order.'),
  'delivery.to_assign': delivery('to_assign', 'The carrier looks for a courier.'),
  'delivery.to_fetch': delivery('to_fetch', 'A courier is on the way to the shop.'),
  'delivery.at_shop': delivery('at_shop', 'The courier waits at the shop.'),
  'delivery.delivering': delivery('delivering', 'The goods are on the way.'),
  'delivery.delivered': delivery('delivered', 'The goods were handed over.'),
  'delivery.rejected': delivery('rejected', 'The carrier refused the call.'),
  'delivery.cancelled': delivery('cancelled', 'The waybill was cancelled.'),
  'delivery.exception': delivery('exception', 'The delivery stopped; the sub-reason says why.'),
  'delivery.returning': delivery('returning', 'The goods go back to the shop.'),
  'delivery.returned': delivery('returned', 'The goods are back at the shop.'),
  'delivery.self_delivery': delivery('self_delivery', 'The merchant delivers.'),
  'delivery.no_more_delivery': delivery('no_more_delivery', 'Nobody will deliver any more.'),
  'compensation.granted': compensation('granted', 'A compensation is owed.'),
  'compensation.paid': compensation('paid', 'A compensation was paid out.'),
  'compensation.failed': compensation('failed', 'A compensation could not be paid out.'),
} as const satisfies Readonly<Record<string, EventEntry>>;
