/**
 * What the table of commands and the ranks must satisfy before the app serves a single call: a typo in either would otherwise show as
 * goods that nobody carries.
 */
import { DeliveryState, deliveryStates, isEventName, Role } from '@ordo/contracts';
import { invariant } from '@ordo/kernel';
import { eventNameOfState } from './event-of-state.js';
import { reportedStates, stateRank } from './state-rank.rules.js';
import { CarrierErrand, type CommandRow, commandRows, DeliveryCommand } from './waybill.state.js';

const { TO_CALL, DELIVERED, NO_MORE_DELIVERY, SELF_DELIVERY } = DeliveryState;
const terminal: readonly DeliveryState[] = [DELIVERED, NO_MORE_DELIVERY];

export interface WaybillTables {
  readonly rows: readonly CommandRow[];
  readonly ranks: Readonly<Partial<Record<DeliveryState, number>>>;
}

const nameOf = (row: CommandRow): string => `${row.from ?? '–'} –${row.on}→ ${row.to}`;
const repeated = <Value>(values: readonly Value[]): Value[] =>
  values.filter((value, at) => values.indexOf(value) !== at);

function rankFaults({ ranks }: WaybillTables): string[] {
  const values = Object.values(ranks);
  return [
    ...repeated(values).map((rank) => `two states have the rank ${rank}`),
    ...(ranks[TO_CALL] === Math.min(...values) ? [] : ['TO_CALL does not rank lowest']),
    ...(ranks[DELIVERED] === Math.max(...values) ? [] : ['DELIVERED does not rank highest']),
    ...[SELF_DELIVERY, NO_MORE_DELIVERY]
      .filter((state) => ranks[state] !== undefined)
      .map((state) => `${state} has a rank, but no carrier may report it`),
  ];
}

function rowFaults(row: CommandRow): string[] {
  const moves = row.from !== row.to;
  const recalls = row.to === TO_CALL && row.from !== null && moves;
  return [
    ...(row.roles.length === 0 ? [`${nameOf(row)} is open to nobody`] : []),
    ...repeated(row.roles).map((role) => `${nameOf(row)} names role ${role} twice`),
    ...(row.replay && moves ? [`${nameOf(row)} is a replay, but changes the state`] : []),
    ...(row.replay && row.errand !== null ? [`${nameOf(row)} is a replay, but sends the carrier an errand`] : []),
    ...(!row.replay && !moves && row.on !== DeliveryCommand.TIP
      ? [`${nameOf(row)} does nothing and is no replay`]
      : []),
    ...(row.from !== null && terminal.includes(row.from) && moves
      ? [`${row.from} is terminal, but ${nameOf(row)}`]
      : []),
    ...(recalls !== (row.on === DeliveryCommand.RECALL)
      ? [`${nameOf(row)}: a recall, and nothing else, leads back`]
      : []),
    ...((row.to === TO_CALL && moves) !== (row.errand === CarrierErrand.PUSH)
      ? [`${nameOf(row)}: what is to be called, and nothing else, is pushed`]
      : []),
    ...(row.from === null || row.roles.includes(Role.CUSTOMER_SERVICE)
      ? []
      : [`${nameOf(row)} is closed to customer service`]),
    ...(isEventName(eventNameOfState(row.to)) ? [] : [`${row.to} has no event`]),
  ];
}

/** States that can be come to from `start`, by commands or by a carrier's reports. */
function reach({ rows, ranks }: WaybillTables, start: DeliveryState): Set<DeliveryState> {
  const seen = new Set<DeliveryState>([start]);
  for (const state of seen) {
    for (const row of rows) if (row.from === state) seen.add(row.to);
    const rank = ranks[state];
    if (rank === undefined) continue;
    for (const reported of reportedStates) if ((ranks[reported] ?? -1) > rank) seen.add(reported);
  }
  return seen;
}

function pathFaults(tables: WaybillTables): string[] {
  const reachable = reach(tables, TO_CALL);
  return deliveryStates.flatMap((state) => [
    ...(reachable.has(state) ? [] : [`${state} cannot be reached`]),
    ...(terminal.some((end) => reach(tables, state).has(end)) ? [] : [`${state} cannot come to an end`]),
  ]);
}

/** Every fault of the tables, one sentence each; empty for sound ones. */
export function waybillFaults(tables: WaybillTables): string[] {
  const births = tables.rows.filter((row) => row.from === null);
  const [birth] = births;
  const isBorn = births.length === 1 && birth?.on === DeliveryCommand.HAND_OFF && birth.to === TO_CALL;
  return [
    ...(isBorn ? [] : ['exactly one row is without a state before it: hand-off, to TO_CALL']),
    ...repeated(tables.rows.map((row) => `${row.from ?? '–'} on ${row.on}`)).map((pair) => `two rows for ${pair}`),
    ...rankFaults(tables),
    ...tables.rows.flatMap(rowFaults),
    ...pathFaults(tables),
  ];
}

/** For boot: an app with an unsound table does not start. @throws InvariantViolation with every fault. */
export function assertWaybillTablesSound(tables: WaybillTables = { rows: commandRows, ranks: stateRank }): void {
  const faults = waybillFaults(tables);
  invariant(faults.length === 0, `the tables of the waybill are not sound: ${faults.join('; ')}`, { faults });
}
