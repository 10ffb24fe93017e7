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

export const reservedEvents = {
  'order.prepared': reserved('ordo.order', 'prepared', 'The meal is ready for pick-up.'),
  'order.reminded': reserved('ordo.order', 'reminded', 'The user reminded the merchant.'),
} as const satisfies Readonly<Record<string, EventEntry>>;
