/**
 * The table of refunds, walked whole: every state × command × role × number of appeals, against expectations that are written out here by
 * hand from DOMAIN §2 and not derived from the table.
 */
import { describe, expect, it } from '@jest/globals';
import { RefundKind, RefundStatus, type Role, refundStatuses, roles } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import { checkRefund, deadlineAfter, isOpen, MAX_APPEALS, RefundCommand, rolesFor } from './refund.state.js';

const commands = Object.values(RefundCommand);
const states = [null, ...refundStatuses] as const;
const counts = [0, 1, MAX_APPEALS] as const;

/** `TARGET roles` of each legal pair; `<2` and `=2` say how many appeals the row asks for. What is missing must be refused. */
const expected: Readonly<Record<string, string>> = {
  '– apply': 'APPLIED 1',
  '– start': 'AGREED 2,3,4,5',
  'APPLIED withdraw': 'WITHDRAWN 1',
  'APPLIED agree': 'AGREED 2,3,4,5',
  'APPLIED reject': 'REJECTED 3,5',
  'APPLIED supersede': 'WITHDRAWN 2',
  'REJECTED appeal <2': 'ARBITRATING 1',
  'REJECTED lapse': 'REJECTED_FINAL 2',
  'REJECTED supersede': 'WITHDRAWN 2',
  'ARBITRATING uphold': 'AGREED 4',
  'ARBITRATING dismiss <2': 'REJECTED 4',
  'ARBITRATING dismiss =2': 'REJECTED_FINAL 4',
  'ARBITRATING supersede': 'WITHDRAWN 2',
  'AGREED send': 'REFUNDING 2',
  'AGREED fail': 'FAILED 2',
  'AGREED succeed': 'SUCCEEDED 2',
  'REFUNDING succeed': 'SUCCEEDED 2',
  'REFUNDING fail': 'FAILED 2',
  'FAILED send': 'REFUNDING 2',
  'FAILED succeed': 'SUCCEEDED 2',
};
const told = (from: RefundStatus | null, on: RefundCommand, appeals: number): string | undefined => {
  const pair = `${from ?? '–'} ${on}`;
  return expected[pair] ?? expected[`${pair} ${appeals < MAX_APPEALS ? '<2' : '=2'}`];
};

const cases = states.flatMap((from) => commands.flatMap((on) => counts.map((appeals) => ({ from, on, appeals }))));

const outcomeOf = (from: RefundStatus | null, on: RefundCommand, appeals: number, role: Role): string => {
  try {
    return checkRefund({ refundId: '17', status: from, command: on, appeals, role }).to;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const { currentStatus, reason, command, from: was } = error.details;
    expect([currentStatus, was, command]).toEqual([from, from, on]);
    return String(reason);
  }
};

describe('every state × command × role × number of appeals', () => {
  it.each(cases)('$from $on after $appeals appeals leads where DOMAIN §2 says, for exactly those who may', (asked) => {
    const { from, on, appeals } = asked;
    const [to, admitted = ''] = told(from, on, appeals)?.split(' ') ?? [];
    for (const role of roles) {
      const found = outcomeOf(from, on, appeals, role);
      if (to === undefined)
        expect(found).toBe(on === 'appeal' && from === 'REJECTED' ? 'APPEALS_SPENT' : 'NO_TRANSITION');
      else expect(found).toBe(admitted.split(',').includes(String(role)) ? to : 'ROLE_NOT_ALLOWED');
    }
    expect([...rolesFor(from, on, appeals)].sort().join(',')).toBe(admitted);
  });

  it('tells the event of the state that it leads to, each time', () => {
    for (const { from, on, appeals } of cases) {
      const role = rolesFor(from, on, appeals)[0];
      if (role === undefined) continue;
      const row = checkRefund({ status: from, command: on, appeals, role });
      expect(row.emits).toBe(`refund.${row.to.toLowerCase()}`);
    }
  });
});

describe('a refund ends by itself', () => {
  const applied = checkRefund({ status: null, command: RefundCommand.APPLY, appeals: 0, role: 1 });
  const rejected = checkRefund({ status: RefundStatus.APPLIED, command: RefundCommand.REJECT, appeals: 0, role: 3 });

  it('agreed by silence after 15 minutes in sale and after 3 hours later on', () => {
    expect(deadlineAfter(applied, RefundKind.IN_SALE, 1_000)).toBe(1_000 + 900_000);
    expect(deadlineAfter(applied, RefundKind.AFTER_SALE, 1_000)).toBe(1_000 + 10_800_000);
  });

  it('for good a day after a rejection', () => {
    for (const kind of Object.values(RefundKind)) expect(deadlineAfter(rejected, kind, 0)).toBe(86_400_000);
  });
});

describe('any sequence of commands', () => {
  it('appeals twice at most, and never leaves a state in which nothing more may happen', () => {
    const anything = fc.array(fc.tuple(fc.constantFrom(...commands), fc.constantFrom(...roles)), { maxLength: 40 });
    fc.assert(
      fc.property(anything, (asked) => {
        let status: RefundStatus | null = null;
        let appeals = 0;
        for (const [command, role] of asked) {
          const before: RefundStatus | null = status;
          try {
            status = checkRefund({ status, command, appeals, role }).to;
            if (command === RefundCommand.APPEAL) appeals += 1;
          } catch (error) {
            if (!(error instanceof Refusal)) throw error;
          }
          const ended = before === 'WITHDRAWN' || before === 'REJECTED_FINAL' || before === 'SUCCEEDED';
          if (ended) expect(status).toBe(before);
          if (before !== null && !isOpen(before) && status !== null) expect(isOpen(status)).toBe(false);
        }
        expect(appeals).toBeLessThanOrEqual(MAX_APPEALS);
      }),
    );
  });
});
