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

/** Compensation is part of the reverse side and shares its exchange; the prefix keeps `failed` apart from a refund's. */
const compensation = (event: string, description: string): EventEntry => ({
  ...reserved('ordo.refund', `compensation_${event}`, description),
  type: `ordo.compensation.${event}.v1`,
});

export const reservedEvents = {
  'order.prepared': reserved('ordo.order', 'prepared', 'The meal is ready for pick-up.'),
  'order.reminded': reserved('ordo.order', 'reminded', 'The user reminded the merchant.'),
  'compensation.granted': compensation('granted', 'A compensation is owed.'),
  'compensation.paid': compensation('paid', 'A compensation was paid out.'),
  'compensation.failed': compensation('failed', 'A compensation could not be paid out.'),
} as const satisfies Readonly<Record<string, EventEntry>>;
