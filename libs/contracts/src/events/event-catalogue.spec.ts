/** The event catalogue: complete against DOMAIN §5, unambiguous for consumers, and its examples satisfy its own schemas. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { deliveryStates } from '../delivery/delivery-state.js';
import { cloudEventSchema } from './cloud-event-schema.js';
import { eventEntryOf, eventNameOfType, eventNames, isEventName, routingKeyOf } from './event-catalogue.js';
import { exampleEventOf } from './example-event.js';

/** Shape is checked here, the calendar is not. */
const ajv = new Ajv2020({
  formats: { 'date-time': /^\d{4}-\d\d-\d\dT[\d:.]+Z$/, date: /^\d{4}-\d\d-\d\d$/ },
  allErrors: true,
  allowUnionTypes: true,
});
const isEnvelope = ajv.compile(cloudEventSchema);

const published = eventNames.filter((name) => eventEntryOf(name).stage === 'published');

const domain = {
  order: [
    'created',
    'paid',
    'accepted',
    'received',
    'completed',
    'invalidated',
    'tagged',
    'late_payment',
    'prepared',
    'reminded',
  ],
  refund: [
    'applied',
    'withdrawn',
    'rejected',
    'arbitrating',
    'rejected_final',
    'agreed',
    'refunding',
    'succeeded',
    'failed',
  ],
  compensation: ['granted', 'paid', 'failed'],
};

describe('the event catalogue', () => {
  it('holds every event that DOMAIN §5 names', () => {
    const named = Object.entries(domain).flatMap(([family, events]) => events.map((event) => `${family}.${event}`));
    expect(named.filter((name) => !isEventName(name))).toEqual([]);
    const states = deliveryStates.map((state) => `delivery.${state.toLowerCase()}`);
    expect(eventNames.filter((name) => name.startsWith('delivery.'))).toEqual([
      ...states,
      'delivery.unclaimed',
      'delivery.late',
    ]);
  });

  it('publishes the eight events of an order, the nine of a refund and the three of a compensation', () => {
    const orders = domain.order.slice(0, 8).map((event) => `order.${event}`);
    expect(published.filter((name) => /^(order|refund|compensation)\./.test(name))).toEqual([
      ...orders,
      ...domain.refund.map((event) => `refund.${event}`),
      ...domain.compensation.map((event) => `compensation.${event}`),
    ]);
  });

  it('gives no two events one type, nor one routing key on one exchange', () => {
    const addresses = eventNames.map((name) => `${eventEntryOf(name).exchange} ${routingKeyOf('takeout', name)}`);
    expect(new Set(addresses).size).toBe(eventNames.length);
    expect(new Set(eventNames.map((name) => eventEntryOf(name).type)).size).toBe(eventNames.length);
  });

  it('finds the name of a type again, and none for a foreign one', () => {
    for (const name of eventNames) expect(eventNameOfType(eventEntryOf(name).type)).toBe(name);
    expect(eventNameOfType('ordo.order.paid.v2')).toBeUndefined();
    expect(isEventName('toString')).toBe(false);
  });

  it('routes a paid takeout order by takeout.paid', () => {
    expect(routingKeyOf('takeout', 'order.paid')).toBe('takeout.paid');
    expect(eventEntryOf('order.paid').type).toBe('ordo.order.paid.v1');
  });

  it.each(eventNames)('%s: uses only characters that a routing key gives no meaning', (name) => {
    expect(eventEntryOf(name).routingEvent).toMatch(/^[a-z_]+$/);
  });

  it.each(published)('%s: its example satisfies the envelope and its own schema, which demand something', (name) => {
    const isData = ajv.compile({ ...eventEntryOf(name).data });
    const event = exampleEventOf(name);
    expect([isEnvelope(event), isEnvelope.errors]).toEqual([true, null]);
    expect([isData(event.data), isData.errors]).toEqual([true, null]);
    expect(isData({})).toBe(false);
  });

  it.each(published)('%s: takes members that it does not know, so that fields may be added', (name) => {
    const isData = ajv.compile({ ...eventEntryOf(name).data });
    expect(isData({ ...eventEntryOf(name).example, addedLater: 1 })).toBe(true);
  });
});
