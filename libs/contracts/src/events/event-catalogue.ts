/** The one list of events: what is published, where, and what its data look like. `docs/events.md` and AsyncAPI derive from it. */

import { compensationEvents } from './compensation.events.js';
import { deliveryEvents } from './delivery.events.js';
import type { EventEntry } from './event-entry.js';
import { orderEvents } from './order.events.js';
import { refundEvents } from './refund.events.js';
import { reservedEvents } from './reserved.events.js';

export const eventCatalogue = {
  ...{ ...orderEvents, ...refundEvents, ...compensationEvents, ...deliveryEvents, ...reservedEvents },
} as const;
export type EventName = keyof typeof eventCatalogue;
/** An event of the order app that this release publishes. */
export type OrderEventName = keyof typeof orderEvents;
/** An event of the after-sale app about a refund. */
export type RefundEventName = keyof typeof refundEvents;
/** An event of the delivery app. */
export type DeliveryEventName = keyof typeof deliveryEvents;
/** An event of the after-sale app about a compensation. */
export type CompensationEventName = keyof typeof compensationEvents;

export const eventNames = Object.keys(eventCatalogue) as EventName[];

const nameByType = new Map<string, EventName>(eventNames.map((name) => [eventCatalogue[name].type, name]));

export const isEventName = (text: string): text is EventName => Object.hasOwn(eventCatalogue, text);
export const eventEntryOf = (name: EventName): EventEntry => eventCatalogue[name];
/** The name of a CloudEvents `type`; undefined for a type that this release does not know. */
export const eventNameOfType = (type: string): EventName | undefined => nameByType.get(type);
/** `takeout.paid`: consumers bind by business type, by event, or by both. */
export const routingKeyOf = (bizType: string, name: EventName): string =>
  `${bizType}.${eventCatalogue[name].routingEvent}`;
