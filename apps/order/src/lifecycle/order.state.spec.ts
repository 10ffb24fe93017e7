/**
 * The state machine, walked whole: every business type × state × command × role, against expectations that are written out here by
 * hand from DOMAIN §1 and not derived from the tables.
 */
import { describe, expect, it } from '@jest/globals';
import { OrderStatus, orderStatuses, type Role, roles } from '@ordo/contracts';
import { InvariantViolation, Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import {
  businessTypeByCode,
  businessTypeByName,
  businessTypes,
  checkTransition,
  deadlineAfter,
  next,
  OrderCommand,
  type TransitionRequest,
} from './order.state.js';

const commands = Object.values(OrderCommand);
const states = [null, ...orderStatuses] as const;
const NOW_MS = 1_800_000_000_000;
/** Long enough before now for every window to be closed. */
const longAgo = { createdAt: 0, paidAt: 0, acceptedAt: 0, receivedAt: 0 };

/** `TARGET roles` of each legal pair; a pair that is missing here must be refused. `=` marks a row that changes no state. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  takeout: {
    '– place': 'CREATED 1',
    'CREATED pay': 'PAID 2',
    'CREATED invalidate': 'INVALID 1,2,8',
    'PAID accept': 'ACCEPTED 2,3,5,7',
    'PAID invalidate': 'INVALID 1,2,3,4,8',
    'PAID pay': '=PAID 2',
    'ACCEPTED receive': 'RECEIVED 1,2,3,5',
    'ACCEPTED invalidate': 'INVALID 1,2,3,4',
    'ACCEPTED pay': '=ACCEPTED 2',
    'RECEIVED receive': '=RECEIVED 1,2,3,5',
    'RECEIVED complete': 'COMPLETED 1,2,9',
    'RECEIVED invalidate': 'INVALID 2,4',
    'RECEIVED pay': '=RECEIVED 2',
    'COMPLETED pay': '=COMPLETED 2',
    'INVALID pay': '=INVALID 2',
  },
  virtual: {
    '– place': 'CREATED 1',
    'CREATED pay': 'PAID 2',
    'CREATED invalidate': 'INVALID 1,2,8',
    'PAID accept': 'FULFILLING 2,3,5,7',
    'PAID invalidate': 'INVALID 1,2,3,4,8',
    'PAID pay': '=PAID 2',
    'FULFILLING complete': 'COMPLETED 1,2,3,5,9',
    'FULFILLING invalidate': 'INVALID 1,2,3,4',
    'FULFILLING pay': '=FULFILLING 2',
    'COMPLETED pay': '=COMPLETED 2',
    'INVALID pay': '=INVALID 2',
  },
};

const events: Readonly<Record<OrderCommand, string>> = {
  place: 'order.created',
  pay: 'order.paid',
  accept: 'order.accepted',
  receive: 'order.received',
  complete: 'order.completed',
  invalidate: 'order.invalidated',
};

const pairs = businessTypes.flatMap(({ name }) =>
  states.flatMap((from) => commands.map((on) => ({ bizType: name, from, on, pair: `${from ?? '–'} ${on}` }))),
);
/** A free cancel that is still open, so that the role alone decides. */
const withinWindow = { ...longAgo, acceptedAt: NOW_MS };

const ask = (over: Partial<TransitionRequest>): ReturnType<typeof checkTransition> =>
  checkTransition({
    ...{ orderId: '17', bizType: 'takeout', status: OrderStatus.PAID, command: OrderCommand.ACCEPT, role: 3 },
    ...{ times: withinWindow, nowMs: NOW_MS },
    ...over,
  });

const refusalOf = (over: Partial<TransitionRequest>): Refusal => {
  try {
    ask(over);
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('the command was taken');
};

describe('every business type × state × command', () => {
  it('covers exactly the registered business types', () => {
    expect(businessTypes.map((type) => type.name)).toEqual(Object.keys(expected));
  });

  it.each(pairs)('$bizType: $pair leads where DOMAIN §1 says, or nowhere', ({ bizType, from, on, pair }) => {
    const row = next(bizType, from, on);
    const told = expected[bizType]?.[pair];
    const found = row && `${row.from === row.to ? '=' : ''}${row.to} ${row.roles.toSorted().join(',')}`;
    expect(found).toBe(told);
    if (row === undefined) return;
    const late = row.from === row.to && on === OrderCommand.PAY;
    expect(row.emits).toBe(row.replay ? null : late ? 'order.late_payment' : events[on]);
  });

  it('admits exactly the roles of the row, and refuses all others with 409 and the present state', () => {
    for (const { bizType, from, on, pair } of pairs) {
      if (from === null) continue;
      const [, admitted = ''] = (expected[bizType]?.[pair] ?? '').split(' ');
      for (const role of roles) {
        const over = { bizType, status: from, command: on, role };
        if (admitted.split(',').includes(String(role))) expect(() => ask(over)).not.toThrow();
        else expect(refusalOf(over).details).toMatchObject({ from, currentStatus: from, command: on, orderId: '17' });
      }
    }
  });

  it('lets no sequence of commands leave a terminal state or return to one that was left', () => {
    const steps = fc.array(fc.record({ command: fc.constantFrom(...commands), role: fc.constantFrom(...roles) }));
    fc.assert(
      fc.property(fc.constantFrom(...businessTypes.map((type) => type.name)), steps, (bizType, sequence) => {
        const left = new Set<OrderStatus>();
        let status: OrderStatus = OrderStatus.CREATED;
        for (const { command, role } of sequence) {
          const to = takenTo({ bizType, status, command, role });
          if (to === status) continue;
          expect([OrderStatus.COMPLETED, OrderStatus.INVALID]).not.toContain(status);
          left.add(status);
          expect(left).not.toContain(to);
          status = to;
        }
      }),
    );
  });
});

const takenTo = (over: { bizType: string; status: OrderStatus; command: OrderCommand; role: Role }): OrderStatus => {
  try {
    const row = ask(over);
    return row.replay ? over.status : row.to;
  } catch (error) {
    if (error instanceof Refusal) return over.status;
    throw error;
  }
};

describe('checkTransition', () => {
  it.each([
    [OrderCommand.PAY, OrderStatus.PAID, 3, 'ORDER_NOT_PAYABLE', 'ROLE_NOT_ALLOWED'],
    [OrderCommand.ACCEPT, OrderStatus.CREATED, 3, 'ORDER_NOT_ACCEPTABLE', 'NO_TRANSITION'],
    [OrderCommand.RECEIVE, OrderStatus.PAID, 1, 'ORDER_NOT_RECEIVABLE', 'NO_TRANSITION'],
    [OrderCommand.COMPLETE, OrderStatus.ACCEPTED, 1, 'ORDER_NOT_COMPLETABLE', 'NO_TRANSITION'],
    [OrderCommand.INVALIDATE, OrderStatus.COMPLETED, 2, 'ORDER_NOT_INVALIDATABLE', 'NO_TRANSITION'],
  ] as const)('refuses %s of an order in %s by role %i as %s, because %s', (command, status, role, code, reason) => {
    const refusal = refusalOf({ command, status, role });
    expect(refusal.code).toBe(code);
    expect(refusal.details['reason']).toBe(reason);
  });

  it('answers a receipt of a received order as a replay', () => {
    expect(ask({ status: OrderStatus.RECEIVED, command: OrderCommand.RECEIVE, role: 1 })).toEqual({ replay: true });
  });

  it.each(['takeout', 'virtual'])(
    '%s: lets the user cancel until 60 s after acceptance and not a millisecond longer',
    (bizType) => {
      const status = bizType === 'takeout' ? OrderStatus.ACCEPTED : OrderStatus.FULFILLING;
      const cancel = { bizType, status, command: OrderCommand.INVALIDATE };
      const times = { ...longAgo, acceptedAt: NOW_MS - 60_000 };
      expect(ask({ ...cancel, role: 1, times })).toMatchObject({ to: OrderStatus.INVALID });
      const late = { ...cancel, role: 1 as Role, times: { ...times, acceptedAt: NOW_MS - 60_001 } };
      expect(refusalOf(late).details['reason']).toBe('WINDOW_CLOSED');
      for (const role of [2, 3, 4] as const) expect(ask({ ...late, role })).toMatchObject({ to: OrderStatus.INVALID });
    },
  );

  it('treats an accepted order without an acceptance time as a bug, not as an open window', () => {
    const cancel = { status: OrderStatus.ACCEPTED, command: OrderCommand.INVALIDATE, role: 1 as Role };
    expect(() => ask({ ...cancel, times: { acceptedAt: null } })).toThrow(InvariantViolation);
  });
});

describe('deadlines', () => {
  const MINUTE_MS = 60_000;
  it.each([
    ['takeout', null, OrderCommand.PLACE, 15],
    ['takeout', OrderStatus.CREATED, OrderCommand.PAY, 8],
    ['takeout', OrderStatus.PAID, OrderCommand.ACCEPT, 180],
    ['takeout', OrderStatus.ACCEPTED, OrderCommand.RECEIVE, 120],
    ['virtual', OrderStatus.CREATED, OrderCommand.PAY, 8],
    ['virtual', OrderStatus.PAID, OrderCommand.ACCEPT, 300],
  ] as const)('%s: %s on %s ends by itself after %i min', (bizType, from, on, minutes) => {
    const row = next(bizType, from, on);
    expect(row && deadlineAfter(row, NOW_MS, undefined)).toBe(NOW_MS + minutes * MINUTE_MS);
  });

  it.each([
    ['takeout', null, OrderCommand.PLACE, 61],
    ['takeout', OrderStatus.CREATED, OrderCommand.PAY, 62],
    ['takeout', OrderStatus.PAID, OrderCommand.ACCEPT, 63],
    ['takeout', OrderStatus.ACCEPTED, OrderCommand.RECEIVE, 64],
    ['virtual', OrderStatus.PAID, OrderCommand.ACCEPT, 64],
  ] as const)('%s: %s on %s ends after %i s for an order that was placed so', (bizType, from, on, seconds) => {
    const own = { paySeconds: 61, acceptSeconds: 62, receiveSeconds: 63, completeSeconds: 64 };
    const row = next(bizType, from, on);
    expect(row && deadlineAfter(row, NOW_MS, own)).toBe(NOW_MS + seconds * 1_000);
  });

  it('has nothing pending in a terminal state', () => {
    const row = next('takeout', OrderStatus.RECEIVED, OrderCommand.COMPLETE);
    expect(row && deadlineAfter(row, NOW_MS, undefined)).toBeNull();
  });

  it('keeps the pending deadline through a late payment, and never invents one', () => {
    const row = next('takeout', OrderStatus.PAID, OrderCommand.PAY);
    if (row === undefined) throw new Error('a late payment has no row');
    expect(deadlineAfter(row, NOW_MS, undefined, NOW_MS + 5)).toBe(NOW_MS + 5);
    expect(() => deadlineAfter(row, NOW_MS, undefined)).toThrow(InvariantViolation);
  });
});

describe('the registry', () => {
  it('keeps the stored numbers: takeout 1, virtual 2', () => {
    expect(businessTypes.map((type) => [type.name, type.code])).toEqual([
      ['takeout', 1],
      ['virtual', 2],
    ]);
    expect(businessTypeByCode(2).name).toBe('virtual');
  });

  it('refuses an unknown name with the names that exist, and takes an unknown stored number for a bug', () => {
    expect(() => businessTypeByName('flowers')).toThrow(/takeout, virtual/);
    expect(() => businessTypeByName('__proto__')).toThrow(Refusal);
    expect(() => businessTypeByCode(99)).toThrow(InvariantViolation);
  });
});
