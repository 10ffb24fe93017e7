/** What was promised of an order, checked against what was seen. Pure: each rule answers the sentences that are not true. */
import { eventIdOf, eventNameOfType, type OrderEventName, orderStatusCode, routingKeyOf } from '@ordo/contracts';
import type { OrderRows, Part, Row } from '../order/order-rows.repository.js';
import type { SeenEvent } from './event-witness.js';
import { isTaken, type Step } from './journey.js';
import type { Answer } from './order-api.js';

/** The answer of a step against what the journey says. `version`: what the order must have by now. */
export function answerProblems(step: Step, answer: Answer, version: number): readonly string[] {
  const { expect } = step;
  const { http, body } = answer;
  const wrong = (what: string, found: unknown, due: unknown): readonly string[] =>
    found === due ? [] : [`${step.command}: ${what} is ${String(found)}, not ${String(due)}`];
  if (!isTaken(expect)) {
    return [
      ...wrong('the HTTP status', http, expect.http),
      ...wrong('the code', body['code'], expect.code),
      ...(expect.currentStatus === undefined
        ? []
        : wrong('currentStatus', body['currentStatus'], expect.currentStatus)),
    ];
  }
  const isPlacement = step.command === 'place';
  return [
    ...wrong('the HTTP status', http, isPlacement ? 201 : 200),
    ...wrong('the status', body['status'], expect.status),
    ...wrong('the version', body['version'], version),
    ...(isPlacement ? wrong('Idempotency-Replayed', answer.isReplay, expect.emits === null) : []),
  ];
}

/** P2 and P3: complete, in version order without gaps, ids `<orderId>-<version>`, and never ahead of what can be read. */
export function eventProblems(
  orderId: string,
  due: readonly OrderEventName[],
  seen: readonly SeenEvent[],
): readonly string[] {
  const first = seen.filter(({ event }, index) => seen.findIndex((other) => other.event.id === event.id) === index);
  const names = first.map(({ event }) => eventNameOfType(event.type) ?? event.type);
  const complete =
    names.join(' ') === due.join(' ') ? [] : [`events: received ${names.join(' ') || 'none'}, due ${due.join(' ')}`];
  return [
    ...complete,
    ...first.flatMap(({ event }, index) =>
      event.orderversion === index + 1
        ? []
        : [`event ${event.id} came as number ${index + 1} of its order: out of order, or after a gap`],
    ),
    ...seen.flatMap((each) => [...envelopeProblems(orderId, each), ...readBackProblems(each)]),
  ];
}

function envelopeProblems(orderId: string, { event, routingKey }: SeenEvent): readonly string[] {
  const name = eventNameOfType(event.type);
  const key = name === undefined ? undefined : routingKeyOf(event.biztype, name);
  return [
    ...(event.id === eventIdOf(orderId, event.orderversion) ? [] : [`event ${event.id} is not named by its version`]),
    ...(routingKey === key ? [] : [`event ${event.id} was routed as ${routingKey}, not ${String(key)}`]),
  ];
}

function readBackProblems({ event, readBack }: SeenEvent): readonly string[] {
  return (['user', 'merchant', 'rest'] as const).flatMap((reader) => {
    const version = readBack[reader];
    if (version !== undefined && version >= event.orderversion) return [];
    const where = reader === 'rest' ? 'GET over REST' : `the ${reader} shard`;
    const found = version === undefined ? 'no order' : `version ${version}`;
    return [`P2: on receipt of ${event.id}, ${where} had ${found}`];
  });
}

/** Both dimensions say the same of every column, and nothing waits in the outbox any more. */
export function rowProblems(
  rows: OrderRows,
  due: { readonly status: string; readonly version: number },
): readonly string[] {
  const user = onlyRow(rows.user);
  const merchant = onlyRow(rows.merchant);
  if (user === undefined || merchant === undefined) {
    return [
      `rows: ${user ? 'there' : 'missing'} in the user shard, ${merchant ? 'there' : 'missing'} in the merchant shard`,
    ];
  }
  const differing = Object.keys(user).filter((column) => user[column] !== merchant[column]);
  const code = orderStatusCode[due.status as keyof typeof orderStatusCode];
  return [
    ...differing.map(
      (column) => `rows: ${column} is ${user[column]} for the user, ${merchant[column]} for the merchant`,
    ),
    ...(user['status'] === code ? [] : [`rows: status is ${user['status']}, not ${code} (${due.status})`]),
    ...(user['version'] === due.version ? [] : [`rows: version is ${user['version']}, not ${due.version}`]),
    ...('rows' in rows.waiting && rows.waiting.rows.length === 0 ? [] : ['rows: something still waits in the outbox']),
    ...serialProblems(user),
  ];
}

/** The daily serial is given when an order becomes effective, neither before nor later. */
function serialProblems(row: Row): readonly string[] {
  const isEffective = row['paid_at'] !== null;
  const hasSerial = row['day_serial'] !== null;
  if (isEffective === hasSerial) return [];
  return [`rows: the order is ${isEffective ? 'paid' : 'not paid'} and ${hasSerial ? 'has' : 'has no'} daily serial`];
}

export function onlyRow(part: Part): Row | undefined {
  return 'rows' in part && part.rows.length === 1 ? part.rows[0] : undefined;
}

/** The timeline of an order tells every event once, in order. */
export function timelineProblems(entries: unknown, due: readonly OrderEventName[]): readonly string[] {
  const told = Array.isArray(entries)
    ? entries.map((entry: { version?: unknown; type?: unknown }) => `${String(entry.version)} ${String(entry.type)}`)
    : [];
  const wanted = due.map((name, index) => `${index + 1} ${name}`);
  return told.join(', ') === wanted.join(', ')
    ? []
    : [`timeline: ${told.join(', ') || 'empty'}, due ${wanted.join(', ')}`];
}
