import { type CloudEvent, eventIdOf, MAX_EVENT_BYTES } from '@ordo/contracts';
import { invariant, isDecimalId } from '@ordo/kernel';

export interface EventFacts {
  readonly source: string;
  readonly type: string;
  readonly orderId: string;
  /** What changed, where it is not the order itself: a refund. Its id and version make the event's. */
  readonly recordId?: string;
  readonly version: number;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly occurredAtMs: number;
  readonly sentAtMs: number;
  readonly role?: number | undefined;
  readonly traceParent?: string | undefined;
  /** An object, or the JSON text of one (an outbox row holds it as text; parsing it only to write it again costs time). */
  readonly data: Readonly<Record<string, unknown>> | string;
}

/**
 * The JSON bytes of the event: deterministic for the same facts. Throws InvariantViolation for more than 128 KB or for
 * facts that no order can have: both are bugs of the caller, and a repeat fails in the same way.
 */
export function cloudEventBody(facts: EventFacts): Buffer {
  const { orderId, version } = facts;
  invariant(isDecimalId(orderId), 'an event speaks of an order', { orderId, type: facts.type });
  invariant(Number.isSafeInteger(version) && version > 0, 'an event has a version', { orderId, version });
  const envelope = JSON.stringify(envelopeOf(facts));
  const data = typeof facts.data === 'string' ? facts.data : JSON.stringify(facts.data);
  const body = Buffer.from(`${envelope.slice(0, -1)},"data":${data}}`, 'utf8');
  invariant(body.length <= MAX_EVENT_BYTES, 'an event is at most 128 KB', { orderId, version, bytes: body.length });
  return body;
}

function envelopeOf(facts: EventFacts): Omit<CloudEvent, 'data'> {
  return {
    specversion: '1.0',
    id: eventIdOf(facts.recordId ?? facts.orderId, facts.version),
    source: facts.source,
    type: facts.type,
    subject: facts.orderId,
    time: new Date(facts.occurredAtMs).toISOString(),
    datacontenttype: 'application/json',
    senttime: new Date(facts.sentAtMs).toISOString(),
    userid: facts.userId,
    merchantid: facts.merchantId,
    biztype: facts.bizType,
    orderversion: facts.version,
    ...(facts.role === undefined ? {} : { role: facts.role }),
    ...(facts.traceParent === undefined ? {} : { traceparent: facts.traceParent }),
  };
}
