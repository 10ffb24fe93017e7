import { describe, expect, it } from '@jest/globals';
import type { CloudEvent } from '@ordo/contracts';
import type { OrderRows, Row } from '../order/order-rows.repository.js';
import type { ReadBack, SeenEvent } from './event-witness.js';
import { answerProblems, eventProblems, rowProblems, timelineProblems } from './promise.rules.js';
import { complete, completeTooEarly, place, placeAgain } from './steps.js';

/** A demonstration proves something only if each of its rules can fail: every case here breaks one promise. */
const ORDER = '255731879041313792';
const due = ['order.created', 'order.paid', 'order.accepted'] as const;

function seen(version: number, overrides: Partial<CloudEvent> = {}, readBack: Partial<ReadBack> = {}): SeenEvent {
  const routingEvent = due[version - 1]?.slice('order.'.length) ?? 'tagged';
  const event: CloudEvent = {
    ...{ specversion: '1.0', id: `${ORDER}-${version}`, source: '/ordo/order', type: `ordo.order.${routingEvent}.v1` },
    ...{ subject: ORDER, time: '2026-11-20T12:00:00.000Z', senttime: '2026-11-20T12:00:00.004Z' },
    ...{ datacontenttype: 'application/json', userid: '7', merchantid: '9', biztype: 'takeout' },
    ...{ orderversion: version, data: {} },
    ...overrides,
  };
  const read = { user: version, merchant: version, rest: version, ...readBack };
  return { event, routingKey: `takeout.${routingEvent}`, tookMs: 5, readBack: read };
}

const row: Row = { status: 30, version: 3, paid_at: '2026-11-20 12:00:00.000', day_serial: 4 };
const rowsOf = (user: Row, merchant: Row, waiting: readonly Row[] = []): OrderRows => ({
  user: { rows: [user] },
  merchant: { rows: [merchant] },
  waiting: { rows: waiting },
  payments: { rows: [] },
  timeline: { rows: [] },
});
const accepted = { status: 'ACCEPTED', version: 3 };

describe('what is said of events', () => {
  it('is nothing when all came in order, and nothing when one came twice', () => {
    expect(eventProblems(ORDER, due, [seen(1), seen(2), seen(3)])).toEqual([]);
    expect(eventProblems(ORDER, due, [seen(1), seen(2), seen(1), seen(3)])).toEqual([]);
  });

  it.each([
    ['one is missing at the end', [seen(1), seen(2)], 'received order.created order.paid'],
    ['one is missing in the middle', [seen(1), seen(3)], 'came as number 2'],
    ['two change places', [seen(2), seen(1), seen(3)], 'out of order'],
    ['none came', [], 'received none'],
    ['an id does not carry its version', [seen(1), seen(2, { id: `${ORDER}-9` }), seen(3)], 'not named by its version'],
    [
      'the user shard is behind on receipt',
      [seen(1), seen(2, {}, { user: 1 }), seen(3)],
      'the user shard had version 1',
    ],
    [
      'the merchant shard has nothing on receipt',
      [seen(1, {}, { merchant: undefined }), seen(2), seen(3)],
      'the merchant shard had no order',
    ],
    ['the API is behind on receipt', [seen(1), seen(2), seen(3, {}, { rest: 2 })], 'GET over REST had version 2'],
    [
      'one was routed as another',
      [seen(1), { ...seen(2), routingKey: 'virtual.paid' }, seen(3)],
      'was routed as virtual',
    ],
  ])('is a problem when %s', (_case, events, sentence) => {
    expect(eventProblems(ORDER, due, events).join('\n')).toContain(sentence);
  });
});

describe('what is said of rows', () => {
  it('is nothing when both dimensions agree', () => {
    expect(rowProblems(rowsOf(row, row), accepted)).toEqual([]);
  });

  it.each([
    ['a column differs', rowsOf(row, { ...row, day_serial: 5 }), 'day_serial is 4 for the user, 5 for the merchant'],
    ['both are in another state', rowsOf({ ...row, status: 20 }, { ...row, status: 20 }), 'status is 20, not 30'],
    ['both are behind', rowsOf({ ...row, version: 2 }, { ...row, version: 2 }), 'version is 2, not 3'],
    ['the outbox still holds a row', rowsOf(row, row, [{ id: '1' }]), 'still waits in the outbox'],
    [
      'a paid order has no serial',
      rowsOf({ ...row, day_serial: null }, { ...row, day_serial: null }),
      'has no daily serial',
    ],
    ['one dimension has no row', { ...rowsOf(row, row), merchant: { rows: [] } }, 'missing in the merchant shard'],
  ])('is a problem when %s', (_case, rows, sentence) => {
    expect(rowProblems(rows, accepted).join('\n')).toContain(sentence);
  });
});

describe('what is said of answers', () => {
  const answer = { http: 201, body: { status: 'CREATED', version: 1 }, isReplay: false, elapsedMs: 5 };

  it('is nothing when status, version and replay are as the journey says', () => {
    expect(answerProblems(place(), answer, 1)).toEqual([]);
    expect(answerProblems(placeAgain('CREATED'), { ...answer, isReplay: true }, 1)).toEqual([]);
  });

  it('is a problem when a repeat is not marked as one', () => {
    expect(answerProblems(placeAgain('CREATED'), answer, 1)).toEqual([
      'place: Idempotency-Replayed is false, not true',
    ]);
  });

  it('is a problem when a refused step is taken, and when a conflict names another state', () => {
    const taken = { ...answer, http: 200, body: { status: 'COMPLETED', version: 2 } };
    expect(answerProblems(completeTooEarly('PAID'), taken, 1)).toContain('complete: the HTTP status is 200, not 409');
    const conflict = { ...answer, http: 409, body: { code: 'ORDER_NOT_COMPLETABLE', currentStatus: 'CREATED' } };
    expect(answerProblems(completeTooEarly('PAID'), conflict, 1)).toEqual([
      'complete: currentStatus is CREATED, not PAID',
    ]);
    expect(answerProblems(complete(), conflict, 5)).toContain('complete: the HTTP status is 409, not 200');
  });
});

it('a timeline that leaves out an event is a problem', () => {
  const entries = [
    { version: 1, type: 'order.created' },
    { version: 3, type: 'order.accepted' },
  ];
  expect(timelineProblems(entries, due)).toHaveLength(1);
  expect(timelineProblems([entries[0], { version: 2, type: 'order.paid' }, entries[1]], due)).toEqual([]);
});
