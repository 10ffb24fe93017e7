/** One whole message per event, for documents, for AsyncAPI and for a consumer's own specs. */
import { Role } from '../order/role.js';
import { type CloudEvent, eventIdOf } from './cloud-event.js';
import { type EventName, eventEntryOf } from './event-catalogue.js';

const ORDER_ID = '127053183455232001';

/** A message that satisfies the envelope's schema and the event's own. */
export function exampleEventOf(name: EventName): CloudEvent {
  const { type, example } = eventEntryOf(name);
  return {
    specversion: '1.0',
    id: eventIdOf(ORDER_ID, 2),
    source: '/ordo/order',
    type,
    subject: ORDER_ID,
    time: '2026-11-20T11:52:00.000Z',
    datacontenttype: 'application/json',
    senttime: '2026-11-20T11:52:00.021Z',
    userid: '10001',
    merchantid: '20001',
    biztype: 'takeout',
    orderversion: 2,
    role: Role.SYSTEM,
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    data: example,
  };
}
