/** Events out and in: what we write we can read, and what is not an event is refused with every reason at once. */
import { describe, expect, it } from '@jest/globals';
import { MAX_EVENT_BYTES } from '@ordo/contracts';
import { ErrorFamily, InvariantViolation } from '@ordo/kernel';
import { UnreadableEvent } from './cloud-event.errors.js';
import { cloudEventBody, type EventFacts } from './cloud-event.js';
import { parseCloudEvent } from './parse-cloud-event.js';

const TRACE = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

function someFacts(changes: Partial<EventFacts> = {}): EventFacts {
  return {
    source: '/ordo/order',
    type: 'ordo.order.paid.v1',
    orderId: '9223372036854775807',
    version: 2,
    userId: '120',
    merchantId: '77',
    bizType: 'takeout',
    occurredAtMs: 1_795_000_000_123,
    sentAtMs: 1_795_000_000_456,
    role: 1,
    traceParent: TRACE,
    data: { status: 'PAID', payAmount: 3_600 },
    ...changes,
  };
}

const bodyWith = (changes: Record<string, unknown>): Buffer =>
  Buffer.from(JSON.stringify({ ...JSON.parse(cloudEventBody(someFacts()).toString()), ...changes }));

function problemsOf(body: Buffer): unknown {
  try {
    parseCloudEvent(body);
  } catch (error) {
    if (error instanceof UnreadableEvent) return error.details.problems;
    throw error;
  }
  return [];
}

describe('cloudEventBody', () => {
  it('writes the envelope of CloudEvents 1.0 in structured mode with the extensions of the house', () => {
    expect(JSON.parse(cloudEventBody(someFacts()).toString())).toEqual({
      specversion: '1.0',
      id: '9223372036854775807-2',
      source: '/ordo/order',
      type: 'ordo.order.paid.v1',
      subject: '9223372036854775807',
      time: '2026-11-18T11:06:40.123Z',
      datacontenttype: 'application/json',
      senttime: '2026-11-18T11:06:40.456Z',
      userid: '120',
      merchantid: '77',
      biztype: 'takeout',
      orderversion: 2,
      role: 1,
      traceparent: TRACE,
      data: { status: 'PAID', payAmount: 3_600 },
    });
  });

  it('leaves role and trace out where there is none', () => {
    const event = JSON.parse(cloudEventBody(someFacts({ role: undefined, traceParent: undefined })).toString());
    expect(event).not.toHaveProperty('role');
    expect(event).not.toHaveProperty('traceparent');
  });

  it('takes data as JSON text as it is', () => {
    const text = '{"payAmount":3600}';
    expect(
      cloudEventBody(someFacts({ data: text }))
        .toString()
        .endsWith(`,"data":${text}}`),
    ).toBe(true);
    expect(parseCloudEvent(cloudEventBody(someFacts({ data: text }))).data).toEqual({ payAmount: 3_600 });
  });

  it('takes 128 KB and refuses a byte more, counted in bytes and not in characters', () => {
    const rest = cloudEventBody(someFacts({ data: { text: '' } })).length;
    const fitting = cloudEventBody(someFacts({ data: { text: 'x'.repeat(MAX_EVENT_BYTES - rest) } }));
    expect(fitting).toHaveLength(MAX_EVENT_BYTES);
    const tooLong = () => cloudEventBody(someFacts({ data: { text: 'x'.repeat(MAX_EVENT_BYTES - rest + 1) } }));
    expect(tooLong).toThrow(InvariantViolation);
    expect(() => cloudEventBody(someFacts({ data: { text: '餐'.repeat(50_000) } }))).toThrow(InvariantViolation);
  });

  it('refuses an order that cannot be', () => {
    expect(() => cloudEventBody(someFacts({ orderId: '0' }))).toThrow(InvariantViolation);
    expect(() => cloudEventBody(someFacts({ version: 0 }))).toThrow(InvariantViolation);
  });
});

describe('parseCloudEvent', () => {
  it('reads what cloudEventBody wrote, with and without the optional attributes', () => {
    expect(parseCloudEvent(cloudEventBody(someFacts()))).toMatchObject({ id: '9223372036854775807-2', role: 1 });
    expect(parseCloudEvent(cloudEventBody(someFacts({ role: undefined, traceParent: undefined }))).id).toBeDefined();
  });

  it('keeps extensions that it does not know', () => {
    expect(parseCloudEvent(bodyWith({ city: '310100' }))).toMatchObject({ city: '310100' });
  });

  it('takes times of any offset, as RFC 3339 allows', () => {
    expect(problemsOf(bodyWith({ time: '2026-11-18T19:06:40+08:00' }))).toEqual([]);
  });

  it.each([
    ['specversion', '0.3'],
    ['source', ''],
    ['type', 7],
    ['subject', '007'],
    ['time', 'yesterday'],
    ['time', '2026-13-45T00:00:00Z'],
    ['senttime', 1_795_000_000],
    ['datacontenttype', 'text/plain'],
    ['userid', 120],
    ['merchantid', '9223372036854775808'],
    ['biztype', null],
    ['orderversion', 0],
    ['orderversion', '2'],
    ['role', 0],
    ['role', 'user'],
    ['traceparent', 'abc'],
    ['data', []],
    ['data', null],
    ['id', '1-1'],
  ])('refuses %s = %p and names it', (attribute, value) => {
    expect(problemsOf(bodyWith({ [attribute]: value }))).toEqual([expect.stringMatching(`^${attribute} must be`)]);
  });

  it('tells all problems at once and repeats no value', () => {
    const body = bodyWith({ userid: 'alice', merchantid: 'bob', time: 'carol' });
    expect(problemsOf(body)).toHaveLength(3);
    expect(String(problemsOf(body))).not.toMatch(/alice|bob|carol/);
  });

  it.each(['', 'null', '[]', '"text"', '{"id":', '\u0000'])('refuses the body %p', (text) => {
    expect(problemsOf(Buffer.from(text))).toHaveLength(1);
  });

  it('does not quote a body that is not JSON', () => {
    expect(String(problemsOf(Buffer.from('Alice Smith, 12 Main Street')))).not.toContain('Alice');
  });

  it('refuses a body past the limit before it parses it', () => {
    expect(problemsOf(Buffer.alloc(MAX_EVENT_BYTES + 1, ' '))).toHaveLength(1);
  });

  it('is of the invariant family: no retry can mend it', () => {
    expect(new UnreadableEvent(['x']).family).toBe(ErrorFamily.INVARIANT);
  });
});
