/** The boot check, proven by tables that are broken on purpose: each must be found, by name. */
import { describe, expect, it } from '@jest/globals';
import { type OrderEventName, OrderStatus } from '@ordo/contracts';
import { InvariantViolation } from '@ordo/kernel';
import { type BusinessType, OrderCommand, type TransitionRow, UNCHANGED } from '../business-types/business-type.js';
import { takeout } from '../business-types/takeout.state.js';
import { businessTypes } from './order.state.js';
import { assertTablesSound, tableFaults } from './soundness.rules.js';

const sound: BusinessType = takeout;
const { CREATED, PAID, ACCEPTED, RECEIVED, COMPLETED, INVALID } = OrderStatus;
const { PAY, ACCEPT, RECEIVE, COMPLETE, INVALIDATE, PLACE } = OrderCommand;

/** Takeout with the row of (from, on) changed. */
const withRow = (from: OrderStatus | null, on: OrderCommand, change: Partial<TransitionRow>): BusinessType => ({
  ...sound,
  transitions: sound.transitions.map((row) => (row.from === from && row.on === on ? { ...row, ...change } : row)),
});
const withoutRow = (from: OrderStatus | null, on: OrderCommand): BusinessType => ({
  ...sound,
  transitions: sound.transitions.filter((row) => row.from !== from || row.on !== on),
});
const withMore = (row: TransitionRow): BusinessType => ({ ...sound, transitions: [...sound.transitions, row] });
const withDeadline = (state: OrderStatus, deadline: BusinessType['deadlines'][OrderStatus]): BusinessType => {
  const { [state]: _, ...others } = sound.deadlines;
  return { ...sound, deadlines: deadline === undefined ? others : { ...others, [state]: deadline } };
};

const brief = { name: 'complete', afterMs: 1, limits: { shortestMs: 1, longestMs: 1 } } as const;

const move = (from: OrderStatus, on: OrderCommand, to: OrderStatus): TransitionRow => ({
  ...{ from, on, to, roles: [2], deadline: null, emits: 'order.invalidated' },
});

const broken: readonly (readonly [string, readonly BusinessType[], RegExp])[] = [
  ['two types of one name', [sound, { ...sound, code: 9 }], /two business types are named takeout/],
  ['two types of one code', [sound, { ...sound, name: 'other' }], /two business types have the code 1/],
  ['a name with a dot', [{ ...sound, name: 'take.out' }], /does not fit a routing key/],
  ['a code of zero', [{ ...sound, code: 0 }], /does not fit its column/],
  ['an empty after-sale window', [{ ...sound, afterSaleWindowMs: 0 }], /after-sale window is empty/],
  ['two rows of one pair', [withMore(move(PAID, ACCEPT, INVALID))], /two rows for PAID on accept/],
  ['no birth', [withoutRow(null, PLACE)], /exactly one row is without a state/],
  ['a birth into PAID', [withRow(null, PLACE, { to: PAID })], /exactly one row is without a state/],
  ['an unreachable state', [withoutRow(ACCEPTED, RECEIVE)], /RECEIVED cannot be reached/],
  ['an exit from a terminal state', [withMore(move(COMPLETED, INVALIDATE, INVALID))], /COMPLETED is terminal/],
  ['a dead end', [withoutRow(RECEIVED, COMPLETE)], /RECEIVED cannot come to COMPLETED/],
  ['a state without a way out', [withoutRow(RECEIVED, INVALIDATE)], /RECEIVED cannot come to INVALID/],
  ['a way back', [withMore(move(RECEIVED, ACCEPT, ACCEPTED))], /RECEIVED –accept→ ACCEPTED goes back/],
  ['silence', [withRow(PAID, ACCEPT, { emits: null })], /tells nothing and is no replay/],
  [
    'an event that nobody knows',
    [withRow(PAID, ACCEPT, { emits: 'order.eaten' as OrderEventName })],
    /order\.eaten, which is not a published event/,
  ],
  [
    'an event that is only reserved',
    [withRow(PAID, ACCEPT, { emits: 'order.prepared' as OrderEventName })],
    /order\.prepared, which is not a published event/,
  ],
  ['a replay that tells', [withRow(RECEIVED, RECEIVE, { emits: 'order.received' })], /is a replay, but tells/],
  ['a replay that moves', [withRow(ACCEPTED, RECEIVE, { replay: true })], /is a replay, but changes the state/],
  ['a row open to nobody', [withRow(PAID, ACCEPT, { roles: [] })], /is open to nobody/],
  ['a role named twice', [withRow(PAID, ACCEPT, { roles: [3, 3] })], /names role 3 twice/],
  ['a move that keeps the deadline', [withRow(PAID, ACCEPT, { deadline: UNCHANGED })], /must set the deadline/],
  ['a late payment that moves the deadline', [withRow(PAID, PAY, { deadline: null })], /must keep the deadline/],
  [
    'a foreign deadline',
    [withRow(PAID, ACCEPT, { deadline: takeout.deadlines.PAID })],
    /another deadline than ACCEPTED/,
  ],
  [
    'a window for a role that is not admitted',
    [withRow(ACCEPTED, INVALIDATE, { within: { roles: [8], since: 'acceptedAt', ms: 1 } })],
    /limits role 8/,
  ],
  [
    'a window of no length',
    [withRow(ACCEPTED, INVALIDATE, { within: { roles: [1], since: 'acceptedAt', ms: 0 } })],
    /has an empty window/,
  ],
  [
    'a window from an instant not yet set',
    [withRow(ACCEPTED, INVALIDATE, { within: { roles: [1], since: 'receivedAt', ms: 1 } })],
    /counts from receivedAt/,
  ],
  ['a state without a deadline', [withDeadline(PAID, undefined)], /PAID has no deadline/],
  ['a terminal state with one', [withDeadline(INVALID, { ...brief, command: PAY })], /INVALID is terminal, but has/],
  [
    'a deadline of no time',
    [withDeadline(RECEIVED, { ...brief, afterMs: 0, command: COMPLETE })],
    /deadline of RECEIVED is no time/,
  ],
  [
    'a deadline without a row',
    [withDeadline(CREATED, { ...brief, command: ACCEPT })],
    /issues accept, which the system/,
  ],
  ['a deadline without a reason', [withDeadline(CREATED, { ...brief, command: INVALIDATE })], /must have a reason/],
  [
    'a deadline beyond its own limits',
    [withDeadline(RECEIVED, { ...brief, afterMs: 2, command: COMPLETE })],
    /deadline of RECEIVED does not lie within its own limits/,
  ],
  [
    'two deadlines of one name',
    [withDeadline(RECEIVED, { ...brief, name: 'pay', command: COMPLETE })],
    /two deadlines are named pay/,
  ],
];

describe('the boot check of the state tables', () => {
  it('finds no fault in the tables of the house', () => {
    expect(tableFaults(businessTypes)).toEqual([]);
    expect(() => assertTablesSound()).not.toThrow();
  });

  it.each(broken)('finds %s', (_, types, fault) => {
    expect(tableFaults(types).join('\n')).toMatch(fault);
    expect(() => assertTablesSound(types)).toThrow(InvariantViolation);
  });
});
