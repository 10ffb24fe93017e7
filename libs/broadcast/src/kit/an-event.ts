import {
  type CloudEvent,
  type EventData,
  type EventName,
  type EventOf,
  eventEntryOf,
  eventIdOf,
  exampleEventOf,
} from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { recordOf } from '../cloud-event/parse-cloud-event.js';

/** What a test says of an event; the rest is the catalogue's example. */
export interface EventChanges<N extends EventName> {
  readonly orderId?: string;
  /** Of an event about something else than its order, e.g. the refund's id. */
  readonly recordId?: string;
  readonly version?: number;
  readonly bizType?: string;
  readonly userId?: string;
  readonly merchantId?: string;
  readonly role?: number;
  /** Milliseconds since the epoch. */
  readonly occurredAtMs?: number;
  readonly traceParent?: string;
  /** Over the example's data. */
  readonly data?: Partial<EventData<N>>;
}

/** Shape is checked here, the calendar is not. */
const ajv = new Ajv2020({ allowUnionTypes: true, formats: { 'date-time': true, date: true } });
const checks = new Map<EventName, ReturnType<typeof ajv.compile>>();

/**
 * A whole event of the catalogue, as the relay would send it. Throws InvariantViolation when its data break the event's own schema: a test
 * that feeds what no sender sends proves nothing.
 */
export function anEvent<N extends EventName>(name: N, changes: EventChanges<N> = {}): EventOf<N> {
  const example = exampleEventOf(name);
  const { orderId = example.subject, version = example.orderversion, occurredAtMs, data } = changes;
  const at = occurredAtMs === undefined ? example.time : new Date(occurredAtMs).toISOString();
  const ownRecord = recordOf(example) === example.subject ? orderId : recordOf(example);
  const event: CloudEvent = {
    ...example,
    ...{
      id: eventIdOf(changes.recordId ?? ownRecord, version),
      subject: orderId,
      orderversion: version,
      time: at,
      senttime: at,
    },
    ...{ biztype: changes.bizType ?? example.biztype, userid: changes.userId ?? example.userid },
    ...{ merchantid: changes.merchantId ?? example.merchantid },
    ...(changes.role === undefined ? {} : { role: changes.role }),
    ...(changes.traceParent === undefined ? {} : { traceparent: changes.traceParent }),
    data: { ...example.data, ...data },
  };
  const isData = checkOf(name);
  invariant(isData(event.data), `the data of ${name} break its schema: ${ajv.errorsText(isData.errors)}`);
  return event as EventOf<N>;
}

function checkOf(name: EventName): ReturnType<typeof ajv.compile> {
  const known = checks.get(name);
  if (known !== undefined) return known;
  const made = ajv.compile({ ...eventEntryOf(name).data });
  checks.set(name, made);
  return made;
}
