/** What the table of refunds must satisfy before the app serves a single call: a typo in it would show as a refund that nobody can end. */
import { eventEntryOf, isEventName, RefundStatus, Role, refundStatuses } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { isOpen, refundTable, terminalStatuses } from './refund.state.js';
import type { RefundRow } from './refund-command.js';

const nameOf = (row: RefundRow): string => `${row.from ?? '–'} –${row.on}→ ${row.to}`;
const repeated = <Value>(values: readonly Value[]): Value[] =>
  values.filter((value, at) => values.indexOf(value) !== at);

/** States that can be come to from `starts` by rows of the table. */
function reach(table: readonly RefundRow[], starts: readonly RefundStatus[]): ReadonlySet<RefundStatus> {
  const seen = new Set(starts);
  for (const state of seen) for (const row of table) if (row.from === state) seen.add(row.to);
  return seen;
}

function pairFaults(table: readonly RefundRow[]): string[] {
  const keys = table.map(
    (row) => `${row.from ?? '–'} on ${row.on}${row.appeals === undefined ? '' : ` (${row.appeals})`}`,
  );
  const split = table.filter((row) => row.appeals !== undefined);
  const mixed = split.filter((row) =>
    table.some((other) => other.from === row.from && other.on === row.on && other.appeals === undefined),
  );
  return [
    ...repeated(keys).map((key) => `two rows for ${key}`),
    ...mixed.map((row) => `${nameOf(row)} depends on appeals beside a row that does not`),
  ];
}

function rowFaults(row: RefundRow): string[] {
  const published = isEventName(row.emits) && eventEntryOf(row.emits).stage === 'published';
  const told = row.emits.slice('refund.'.length).toUpperCase();
  const isTerminal = row.from !== null && terminalStatuses.includes(row.from);
  return [
    ...(isTerminal ? [`${row.from} is terminal, but ${nameOf(row)}`] : []),
    ...(row.from === row.to ? [`${nameOf(row)} leads nowhere`] : []),
    ...(row.roles.length === 0 ? [`${nameOf(row)} is open to nobody`] : []),
    ...repeated(row.roles).map((role) => `${nameOf(row)} names role ${role} twice`),
    ...(published ? [] : [`${nameOf(row)} tells ${row.emits}, which is not a published event of the catalogue`]),
    ...(told === row.to ? [] : [`${nameOf(row)} tells ${row.emits}`]),
  ];
}

function deadlineFaults(table: readonly RefundRow[]): string[] {
  return table.flatMap((row) => {
    const { deadline, to } = row;
    if (deadline === null) return [];
    const issued = table.find((each) => each.from === to && each.on === deadline.command);
    return [
      ...(issued?.roles.includes(Role.SYSTEM) === true
        ? []
        : [`the deadline of ${nameOf(row)} issues ${deadline.command}, which the system may not do in ${to}`]),
      ...(Object.values(deadline.afterMs).every((ms) => Number.isSafeInteger(ms) && ms > 0)
        ? []
        : [`the deadline of ${nameOf(row)} is no time`]),
    ];
  });
}

/** All rows that lead to one state give it the same deadline: how long it lasts does not depend on how it was come to. */
function unevenDeadlines(table: readonly RefundRow[]): string[] {
  return refundStatuses.flatMap((state) => {
    const given = new Set(table.filter(({ to }) => to === state).map(({ deadline }) => JSON.stringify(deadline)));
    return given.size > 1 ? [`${state} has more than one deadline`] : [];
  });
}

function pathFaults(table: readonly RefundRow[]): string[] {
  const births = table.filter(({ from }) => from === null).map(({ to }) => to);
  const reachable = reach(table, births);
  return refundStatuses.flatMap((state) => {
    const faults = reachable.has(state) ? [] : [`${state} cannot be reached`];
    if (terminalStatuses.includes(state)) return faults;
    const ends = reach(table, [state]);
    const stuck = terminalStatuses.some((end) => ends.has(end)) ? [] : [`${state} cannot come to an end`];
    const unpaid = isOpen(state) && !ends.has(RefundStatus.AGREED) ? [`${state} is open and cannot be agreed`] : [];
    return [...faults, ...stuck, ...unpaid];
  });
}

/** Every fault of the table, one sentence each; empty for a sound one. */
export const refundTableFaults = (table: readonly RefundRow[]): string[] => [
  ...pairFaults(table),
  ...table.flatMap(rowFaults),
  ...deadlineFaults(table),
  ...unevenDeadlines(table),
  ...pathFaults(table),
];

/** For boot: an app with an unsound table does not start. @throws InvariantViolation with every fault. */
export function assertRefundTableSound(table: readonly RefundRow[] = refundTable): void {
  const faults = refundTableFaults(table);
  invariant(faults.length === 0, `the table of refunds is not sound: ${faults.join('; ')}`, { faults });
}
