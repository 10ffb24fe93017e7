/** The boot check, proven by tables that are broken on purpose: each must be found, by name. */
import { describe, expect, it } from '@jest/globals';
import { DeliveryState } from '@ordo/contracts';
import { InvariantViolation } from '@ordo/kernel';
import { assertWaybillTablesSound, type WaybillTables, waybillFaults } from './soundness.rules.js';
import { stateRank } from './state-rank.rules.js';
import { CarrierErrand, type CommandRow, commandRows, DeliveryCommand } from './waybill.state.js';

const { TO_CALL, CALLED, DELIVERED, REJECTED, CANCELLED, SELF_DELIVERY, NO_MORE_DELIVERY } = DeliveryState;
const sound: WaybillTables = { rows: commandRows, ranks: stateRank };

const withRow = (from: DeliveryState | null, on: DeliveryCommand, change: Partial<CommandRow>): WaybillTables => ({
  ...sound,
  rows: commandRows.map((row) => (row.from === from && row.on === on ? { ...row, ...change } : row)),
});
const without = (isGone: (row: CommandRow) => boolean): WaybillTables => ({
  ...sound,
  rows: commandRows.filter((row) => !isGone(row)),
});
const withMore = (more: Partial<CommandRow>): WaybillTables => ({
  ...sound,
  rows: [...commandRows, { from: CALLED, on: DeliveryCommand.FINISH, to: CALLED, roles: [4], errand: null, ...more }],
});
const withRanks = (ranks: WaybillTables['ranks']): WaybillTables => ({ ...sound, ranks: { ...stateRank, ...ranks } });

const broken: readonly (readonly [string, WaybillTables, RegExp])[] = [
  ['no birth', without((row) => row.from === null), /exactly one row is without a state/],
  [
    'a birth into CALLED',
    withRow(null, DeliveryCommand.HAND_OFF, { to: CALLED }),
    /exactly one row is without a state/,
  ],
  [
    'two rows of one pair',
    withMore({ from: CALLED, on: DeliveryCommand.CANCEL, to: CANCELLED }),
    /two rows for CALLED on/,
  ],
  ['a row open to nobody', withRow(CALLED, DeliveryCommand.CANCEL, { roles: [] }), /is open to nobody/],
  ['a role named twice', withRow(CALLED, DeliveryCommand.CANCEL, { roles: [4, 4] }), /names role 4 twice/],
  [
    'a row without customer service',
    withRow(CALLED, DeliveryCommand.CANCEL, { roles: [3] }),
    /closed to customer service/,
  ],
  ['a replay that moves', withRow(CALLED, DeliveryCommand.CANCEL, { replay: true }), /is a replay, but changes/],
  [
    'a replay with an errand',
    withRow(CANCELLED, DeliveryCommand.CANCEL, { errand: CarrierErrand.CANCEL }),
    /is a replay, but sends/,
  ],
  ['a row that does nothing', withMore({}), /does nothing and is no replay/],
  ['an exit from the end', withMore({ from: DELIVERED, to: CANCELLED }), /DELIVERED is terminal/],
  ['a way back that is no recall', withMore({ from: REJECTED, to: TO_CALL }), /a recall, and nothing else/],
  ['a recall that is not pushed', withRow(REJECTED, DeliveryCommand.RECALL, { errand: null }), /is pushed/],
  [
    'a self-delivery that nobody can begin',
    without((row) => row.to === SELF_DELIVERY),
    /SELF_DELIVERY cannot be reached/,
  ],
  ['a self-delivery without end', without((row) => row.from === SELF_DELIVERY), /SELF_DELIVERY cannot come to an end/],
  ['two states of one rank', withRanks({ [CALLED]: 20 }), /two states have the rank 20/],
  ['a beginning that outranks', withRanks({ [TO_CALL]: 15 }), /TO_CALL does not rank lowest/],
  ['a state above the delivery', withRanks({ [REJECTED]: 500 }), /DELIVERED does not rank highest/],
  ['a rank of ours', withRanks({ [NO_MORE_DELIVERY]: 105 }), /no carrier may report it/],
];

describe('the boot check', () => {
  it('finds nothing in the tables of this release', () => {
    expect(waybillFaults(sound)).toEqual([]);
    expect(() => assertWaybillTablesSound()).not.toThrow();
  });

  it.each(broken)('finds %s', (_, tables, fault) => {
    expect(waybillFaults(tables).join('\n')).toMatch(fault);
    expect(() => assertWaybillTablesSound(tables)).toThrow(InvariantViolation);
  });
});
