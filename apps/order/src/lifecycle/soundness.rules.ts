/**
 * What every state table must satisfy before the app serves a single call. A table is data that anyone may extend: a typo in it would
 * otherwise show as an order that nobody can move.
 */
import { eventEntryOf, isEventName, OrderStatus, orderStatusCode, Role } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { type BusinessType, OrderCommand, type TransitionRow, UNCHANGED } from '../business-types/business-type.js';
import { businessTypes } from './order.state.js';

const { CREATED, COMPLETED, INVALID } = OrderStatus;
const terminal: readonly OrderStatus[] = [COMPLETED, INVALID];
/** A name stands in routing keys, where a dot, a star or a hash has a meaning. */
const NAME = /^[a-z][a-z0-9]{0,15}$/;
/** `order_base.biz_type` is a SMALLINT. */
const MAX_CODE = 32_767;

const isMove = (row: TransitionRow): boolean => row.from !== row.to;
const nameOf = (row: TransitionRow): string => `${row.from ?? '–'} –${row.on}→ ${row.to}`;
const repeated = <Value>(values: readonly Value[]): Value[] =>
  values.filter((value, at) => values.indexOf(value) !== at);

/** States that can be come to from `start` by moves of the table. */
function reach(transitions: readonly TransitionRow[], start: OrderStatus): Set<OrderStatus> {
  const seen = new Set<OrderStatus>([start]);
  for (const state of seen) {
    for (const row of transitions) if (row.from === state) seen.add(row.to);
  }
  return seen;
}

const statesOf = (type: BusinessType): OrderStatus[] => [
  ...new Set([
    ...type.transitions.flatMap((row) => (row.from === null ? [row.to] : [row.from, row.to])),
    ...(Object.keys(type.deadlines) as OrderStatus[]),
  ]),
];

function birthFaults({ transitions }: BusinessType): string[] {
  const births = transitions.filter((row) => row.from === null || row.on === OrderCommand.PLACE);
  const [birth] = births;
  const sound = births.length === 1 && birth?.from === null && birth.on === OrderCommand.PLACE && birth.to === CREATED;
  return sound ? [] : ['exactly one row is without a state before it: place, to CREATED'];
}

function pathFaults(type: BusinessType): string[] {
  const reachable = reach(type.transitions, CREATED);
  return statesOf(type).flatMap((state) => {
    const faults = reachable.has(state) ? [] : [`${state} cannot be reached`];
    const exits = type.transitions.filter((row) => row.from === state && isMove(row));
    if (terminal.includes(state)) return [...faults, ...exits.map((row) => `${state} is terminal, but ${nameOf(row)}`)];
    const ends = reach(type.transitions, state);
    const missing = terminal.filter((end) => !ends.has(end)).map((end) => `${state} cannot come to ${end}`);
    return [...faults, ...missing];
  });
}

/** The number of a state grows along every path, so no path returns. */
const backwardFaults = ({ transitions }: BusinessType): string[] =>
  transitions
    .filter((row) => row.from !== null && orderStatusCode[row.to] < orderStatusCode[row.from])
    .map((row) => `${nameOf(row)} goes back`);

function emissionFault(row: TransitionRow): string[] {
  if (row.emits === null) return row.replay ? [] : [`${nameOf(row)} tells nothing and is no replay`];
  if (row.replay) return [`${nameOf(row)} is a replay, but tells ${row.emits}`];
  const published = isEventName(row.emits) && eventEntryOf(row.emits).stage === 'published';
  return published ? [] : [`${nameOf(row)} tells ${row.emits}, which is not a published event of the catalogue`];
}

function rowFaults(row: TransitionRow, type: BusinessType): string[] {
  const kept = row.deadline === UNCHANGED;
  const due = type.deadlines[row.to] ?? null;
  return [
    ...emissionFault(row),
    ...(row.replay && isMove(row) ? [`${nameOf(row)} is a replay, but changes the state`] : []),
    ...(row.roles.length === 0 ? [`${nameOf(row)} is open to nobody`] : []),
    ...repeated(row.roles).map((role) => `${nameOf(row)} names role ${role} twice`),
    ...(kept === isMove(row) ? [`${nameOf(row)} must ${kept ? 'set' : 'keep'} the deadline`] : []),
    ...(isMove(row) && !kept && row.deadline !== due
      ? [`${nameOf(row)} sets another deadline than ${row.to} has`]
      : []),
    ...windowFaults(row, type),
  ];
}

/** The event that comes with each instant: a window may count only from an instant that every order in the state has. */
const settingEvent = {
  createdAt: 'order.created',
  paidAt: 'order.paid',
  acceptedAt: 'order.accepted',
  receivedAt: 'order.received',
} as const;

function windowFaults(row: TransitionRow, { transitions }: BusinessType): string[] {
  const { within } = row;
  if (within === undefined) return [];
  const entries = transitions.filter((each) => each.to === row.from && isMove(each));
  const isSet = entries.every((each) => each.emits === settingEvent[within.since]);
  return [
    ...within.roles
      .filter((role) => !row.roles.includes(role))
      .map((role) => `${nameOf(row)} limits role ${role}, which it does not admit`),
    ...(within.ms > 0 ? [] : [`${nameOf(row)} has an empty window`]),
    ...(isSet ? [] : [`${nameOf(row)} counts from ${within.since}, which ${row.from} does not begin with`]),
  ];
}

function deadlineFaults(type: BusinessType): string[] {
  return statesOf(type).flatMap((state) => {
    const deadline = type.deadlines[state];
    if (terminal.includes(state)) return deadline === undefined ? [] : [`${state} is terminal, but has a deadline`];
    if (deadline === undefined) return [`${state} has no deadline: an order could stay in it for ever`];
    const row = type.transitions.find((each) => each.from === state && each.on === deadline.command);
    const admits =
      row !== undefined && isMove(row) && row.roles.includes(Role.SYSTEM) && !row.within?.roles.includes(Role.SYSTEM);
    const { shortestMs, longestMs } = deadline.limits;
    const isWithin = shortestMs > 0 && shortestMs <= deadline.afterMs && deadline.afterMs <= longestMs;
    const explained = (deadline.command === OrderCommand.INVALIDATE) === (deadline.reasonCode !== undefined);
    return [
      ...(Number.isSafeInteger(deadline.afterMs) && deadline.afterMs > 0
        ? []
        : [`the deadline of ${state} is no time`]),
      ...(isWithin ? [] : [`the deadline of ${state} does not lie within its own limits`]),
      ...(admits ? [] : [`the deadline of ${state} issues ${deadline.command}, which the system may not do there`]),
      ...(explained ? [] : [`the deadline of ${state} must have a reason exactly if it invalidates`]),
    ];
  });
}

function typeFaults(type: BusinessType): string[] {
  const pairs = type.transitions.map((row) => `${row.from ?? '–'} on ${row.on}`);
  const faults = [
    ...(NAME.test(type.name) ? [] : ['the name does not fit a routing key']),
    ...(Number.isInteger(type.code) && type.code > 0 && type.code <= MAX_CODE
      ? []
      : ['the code does not fit its column']),
    ...(type.afterSaleWindowMs > 0 ? [] : ['the after-sale window is empty']),
    ...repeated(pairs).map((pair) => `two rows for ${pair}`),
    ...birthFaults(type),
    ...pathFaults(type),
    ...backwardFaults(type),
    ...type.transitions.flatMap((row) => rowFaults(row, type)),
    ...deadlineFaults(type),
    ...repeated(Object.values(type.deadlines).map(({ name }) => name)).map((name) => `two deadlines are named ${name}`),
  ];
  return faults.map((fault) => `${type.name}: ${fault}`);
}

/** Every fault of the tables, one sentence each; empty for sound ones. */
export function tableFaults(types: readonly BusinessType[]): string[] {
  return [
    ...repeated(types.map((type) => type.name)).map((name) => `two business types are named ${name}`),
    ...repeated(types.map((type) => type.code)).map((code) => `two business types have the code ${code}`),
    ...types.flatMap(typeFaults),
  ];
}

/** For boot: an app with an unsound table does not start. @throws InvariantViolation with every fault. */
export function assertTablesSound(types: readonly BusinessType[] = businessTypes): void {
  const faults = tableFaults(types);
  invariant(faults.length === 0, `the state tables are not sound: ${faults.join('; ')}`, { faults });
}
