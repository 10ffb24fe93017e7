import { type CloudEvent, eventIdOf, MAX_EVENT_BYTES } from '@ordo/contracts';
import { isDecimalId } from '@ordo/kernel';
import { UnreadableEvent } from './cloud-event.errors.js';

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const TRACE_PARENT = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;
/** Roles 1 to 9 exist; a consumer that was built today must not refuse the tenth. */
const MAX_ROLE = 127;

const OF_THE_SUBJECT = 'ordo.order.';

interface AttributeRule {
  readonly rule: string;
  readonly holds: (value: unknown) => boolean;
  readonly optional?: boolean;
}

const isText = (value: unknown): boolean => typeof value === 'string' && value.length > 0;
const isTime = (value: unknown): boolean =>
  typeof value === 'string' && RFC3339.test(value) && !Number.isNaN(Date.parse(value));
const isCount = (max: number) => (value: unknown) =>
  Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= max;

const RULES: Readonly<Record<keyof CloudEvent, AttributeRule>> = {
  specversion: { rule: "must be '1.0'", holds: (value) => value === '1.0' },
  id: { rule: 'must be a text', holds: isText },
  source: { rule: 'must be a text', holds: isText },
  type: { rule: 'must be a text', holds: isText },
  subject: { rule: 'must be an order id', holds: isDecimalId },
  time: { rule: 'must be an RFC 3339 time', holds: isTime },
  datacontenttype: { rule: "must be 'application/json'", holds: (value) => value === 'application/json' },
  senttime: { rule: 'must be an RFC 3339 time', holds: isTime },
  userid: { rule: 'must be a decimal id', holds: isDecimalId },
  merchantid: { rule: 'must be a decimal id', holds: isDecimalId },
  biztype: { rule: 'must be a text', holds: isText },
  orderversion: { rule: 'must be an integer ≥ 1', holds: isCount(Number.MAX_SAFE_INTEGER) },
  role: { rule: `must be an integer from 1 to ${MAX_ROLE}`, holds: isCount(MAX_ROLE), optional: true },
  traceparent: {
    rule: 'must be a W3C traceparent',
    holds: (value) => typeof value === 'string' && TRACE_PARENT.test(value),
    optional: true,
  },
  data: { rule: 'must be an object', holds: (value) => asRecord(value) !== undefined },
};

/**
 * Reads a message body as an event and checks every attribute of the envelope; `data` belongs to the event's own schema.
 * Attributes that are not known are kept: a newer sender may add extensions. Throws {@link UnreadableEvent} with all problems at once.
 */
export function parseCloudEvent(body: Buffer): CloudEvent {
  if (body.length > MAX_EVENT_BYTES) throw new UnreadableEvent([`body is longer than ${MAX_EVENT_BYTES} bytes`]);
  const event = asRecord(readJson(body));
  if (event === undefined) throw new UnreadableEvent(['body must be a JSON object']);
  const problems = Object.entries(RULES)
    .filter(([name, { holds, optional }]) => !(optional && event[name] === undefined) && !holds(event[name]))
    .map(([name, { rule }]) => `${name} ${rule}`);
  if (problems.length === 0 && !hasOwnId(event)) problems.push('id must be <subject or record>-<orderversion>');
  if (problems.length > 0) throw new UnreadableEvent(problems);
  return event as unknown as CloudEvent;
}

/** An order's event is named after its subject; a refund's after the refund, whose id only its own app knows. */
function hasOwnId({ id, type, subject, orderversion }: Record<string, unknown>): boolean {
  const version = Number(orderversion);
  if (String(type).startsWith(OF_THE_SUBJECT)) return id === eventIdOf(String(subject), version);
  const record = recordIn(String(id), version);
  return isDecimalId(record) && id === eventIdOf(record, version);
}

/** What the versions of an event count: its order, or the refund that it is about. Events of one record are in the order of their versions. */
export function recordOf({ id, orderversion }: Pick<CloudEvent, 'id' | 'orderversion'>): string {
  return recordIn(id, orderversion);
}

function recordIn(id: string, version: number): string {
  return id.slice(0, -`-${version}`.length);
}

/** The event of a body, or undefined for what is none: for readers that pass over the unreadable. */
export function readableEvent(body: Buffer): CloudEvent | undefined {
  try {
    return parseCloudEvent(body);
  } catch {
    return undefined;
  }
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // The parser quotes the text it stumbled over, which may be personal data: its message and cause end here.
    throw new UnreadableEvent(['body is not JSON']);
  }
}

function asRecord(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
