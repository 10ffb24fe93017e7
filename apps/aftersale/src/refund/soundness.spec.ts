/** The boot check, proven by tables that are broken on purpose: each fault must be found, by name. */
import { describe, expect, it } from '@jest/globals';
import { RefundStatus } from '@ordo/contracts';
import { refundTable } from './refund.state.js';
import { RefundCommand, type RefundRow } from './refund-command.js';
import { assertRefundTableSound, refundTableFaults } from './soundness.rules.js';

const sound: readonly RefundRow[] = refundTable;
const { APPLIED, REJECTED, AGREED, SUCCEEDED, WITHDRAWN, ARBITRATING } = RefundStatus;
const { APPLY, AGREE, WITHDRAW, SUCCEED, LAPSE, APPEAL, UPHOLD } = RefundCommand;

const withRow = (from: RefundStatus | null, on: RefundCommand, change: Partial<RefundRow>): readonly RefundRow[] =>
  sound.map((row) => (row.from === from && row.on === on ? { ...row, ...change } : row));
const without = (drop: (row: RefundRow) => boolean): readonly RefundRow[] => sound.filter((row) => !drop(row));
const more = (row: Partial<RefundRow>): readonly RefundRow[] => [
  ...sound,
  { from: AGREED, on: WITHDRAW, to: WITHDRAWN, roles: [2], deadline: null, emits: 'refund.withdrawn', ...row },
];

const broken: readonly (readonly [string, readonly RefundRow[], RegExp])[] = [
  ['two rows of one pair', more({ from: APPLIED }), /two rows for APPLIED on withdraw/],
  [
    'a row of some appeals beside one of any',
    more({ from: REJECTED, on: APPEAL, to: ARBITRATING, emits: 'refund.arbitrating' }),
    /depends on appeals/,
  ],
  ['an end that is left', more({ from: SUCCEEDED }), /SUCCEEDED is terminal/],
  ['a row that leads nowhere', withRow(APPLIED, WITHDRAW, { to: APPLIED, emits: 'refund.applied' }), /leads nowhere/],
  ['a row that is open to nobody', withRow(APPLIED, WITHDRAW, { roles: [] }), /is open to nobody/],
  ['a role that stands twice', withRow(APPLIED, WITHDRAW, { roles: [1, 1] }), /names role 1 twice/],
  ['an event of another state', withRow(APPLIED, WITHDRAW, { emits: 'refund.agreed' }), /tells refund.agreed/],
  [
    'a deadline that the system may not issue',
    withRow(APPLIED, AGREE, { roles: [3] }),
    /which the system may not do in APPLIED/,
  ],
  [
    'a deadline of no time',
    withRow(null, APPLY, { deadline: { command: AGREE, afterMs: { IN_SALE: 0, AFTER_SALE: 1 } } }),
    /is no time/,
  ],
  [
    'two deadlines of one state',
    withRow(APPLIED, RefundCommand.REJECT, { deadline: null }),
    /REJECTED has more than one deadline/,
  ],
  ['a state without an end', without(({ on }) => on === SUCCEED), /AGREED cannot come to an end/],
  ['a state that is never come to', without(({ to }) => to === ARBITRATING), /ARBITRATING cannot be reached/],
  ['an open state that is never agreed', without(({ on }) => on === UPHOLD), /REJECTED is open and cannot be agreed/],
  ['a deadline whose command has no row', without(({ on }) => on === LAPSE), /issues lapse/],
];

describe('the soundness of the table of refunds', () => {
  it('holds for the table of this release', () => {
    expect(refundTableFaults(sound)).toEqual([]);
    expect(() => assertRefundTableSound()).not.toThrow();
  });

  it.each(broken)('finds %s', (_, table, fault) => {
    expect(refundTableFaults(table).join('\n')).toMatch(fault);
    expect(() => assertRefundTableSound(table)).toThrow(fault);
  });
});
