/** Every state × command × role of a delivery, against expectations written out here by hand and not derived from the table. */
import { describe, expect, it } from '@jest/globals';
import { DeliveryState, deliveryStates, type Role, roles } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import {
  checkCommand,
  commandAtOrderEnd,
  commandAtReceipt,
  commandRows,
  DeliveryCommand,
  firstLife,
  lifeAfter,
  nextByCommand,
} from './waybill.state.js';
import type { WaybillLife } from './waybill-life.js';

const NOW_MS = 1_800_000_000_000;
const commands = Object.values(DeliveryCommand);
/** Merchant, its program, customer service, system. */
const SELLER = '2,3,4,5';
const PLATFORM = '2,4';

/** `TARGET errand roles`; a pair that is missing must be refused. `=` marks a row that changes no state. */
const expected: Readonly<Record<string, string>> = {
  '– hand-off': `TO_CALL PUSH ${SELLER}`,
  'REJECTED recall': `TO_CALL PUSH ${SELLER}`,
  'CANCELLED recall': `TO_CALL PUSH ${SELLER}`,
  'EXCEPTION recall': `TO_CALL PUSH ${SELLER}`,
  'TO_CALL cancel': `CANCELLED CANCEL ${SELLER}`,
  'CALLED cancel': `CANCELLED CANCEL ${SELLER}`,
  'TO_ASSIGN cancel': `CANCELLED CANCEL ${SELLER}`,
  'TO_FETCH cancel': `CANCELLED CANCEL ${SELLER}`,
  'AT_SHOP cancel': `CANCELLED CANCEL ${SELLER}`,
  'EXCEPTION cancel': `CANCELLED CANCEL ${SELLER}`,
  'CANCELLED cancel': `=CANCELLED – ${SELLER}`,
  'TO_CALL self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'CALLED self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'TO_ASSIGN self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'TO_FETCH self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'AT_SHOP self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'EXCEPTION self-deliver': `SELF_DELIVERY CANCEL ${SELLER}`,
  'REJECTED self-deliver': `SELF_DELIVERY – ${SELLER}`,
  'CANCELLED self-deliver': `SELF_DELIVERY – ${SELLER}`,
  'RETURNED self-deliver': `SELF_DELIVERY – ${SELLER}`,
  'SELF_DELIVERY self-deliver': `=SELF_DELIVERY – ${SELLER}`,
  'SELF_DELIVERY finish': `DELIVERED – ${SELLER}`,
  'DELIVERED finish': `=DELIVERED – ${SELLER}`,
  'TO_CALL stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'CALLED stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'TO_ASSIGN stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'TO_FETCH stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'AT_SHOP stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'EXCEPTION stop': `NO_MORE_DELIVERY CANCEL ${SELLER}`,
  'REJECTED stop': `NO_MORE_DELIVERY – ${SELLER}`,
  'CANCELLED stop': `NO_MORE_DELIVERY – ${SELLER}`,
  'RETURNED stop': `NO_MORE_DELIVERY – ${SELLER}`,
  'SELF_DELIVERY stop': `NO_MORE_DELIVERY – ${SELLER}`,
  'NO_MORE_DELIVERY stop': `=NO_MORE_DELIVERY – ${SELLER}`,
  'DELIVERING turn-back': `RETURNING CANCEL ${PLATFORM}`,
  'RETURNING turn-back': `=RETURNING – ${PLATFORM}`,
  'RETURNED turn-back': `=RETURNED – ${PLATFORM}`,
  'TO_CALL tip': `=TO_CALL TIP ${SELLER}`,
  'CALLED tip': `=CALLED TIP ${SELLER}`,
  'TO_ASSIGN tip': `=TO_ASSIGN TIP ${SELLER}`,
  'TO_FETCH tip': `=TO_FETCH TIP ${SELLER}`,
};

const pairs = [null, ...deliveryStates].flatMap((from) =>
  commands.map((on) => ({ from, on, pair: `${from ?? '–'} ${on}` })),
);

const refusalOf = (state: DeliveryState, command: DeliveryCommand, role: Role): Refusal => {
  try {
    checkCommand({ orderId: '17', state, command, role });
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('the command was taken');
};

const life = (over: Partial<WaybillLife>): WaybillLife => ({ ...firstLife(NOW_MS), ...over });

describe('every state × command', () => {
  it.each(pairs)('$pair leads where DOMAIN §4 says, or nowhere', ({ from, on, pair }) => {
    const row = nextByCommand(from, on);
    const errand = row?.errand ?? '–';
    expect(row && `${row.from === row.to ? '=' : ''}${row.to} ${errand} ${row.roles.toSorted().join(',')}`).toBe(
      expected[pair],
    );
    expect(row?.replay).toBe(row && row.from === row.to && on !== DeliveryCommand.TIP ? true : undefined);
  });

  it('admits exactly the roles of the row, and refuses all others with 409 and the present state', () => {
    for (const { from, on, pair } of pairs) {
      if (from === null) continue;
      const admitted = (expected[pair]?.split(' ')[2] ?? '').split(',');
      for (const role of roles) {
        const asked = { orderId: '17', state: from, command: on, role };
        if (admitted.includes(String(role))) expect(checkCommand(asked)).toBe(nextByCommand(from, on));
        else expect(refusalOf(from, on, role)).toMatchObject({ details: { from, currentState: from, command: on } });
      }
    }
  });

  it('has no row beside those that were walked', () => {
    expect(commandRows).toHaveLength(Object.keys(expected).length);
  });
});

describe('a refusal', () => {
  it('says whether the state or the role is in the way', () => {
    expect(refusalOf(DeliveryState.DELIVERING, DeliveryCommand.CANCEL, 3).details['reason']).toBe('NO_TRANSITION');
    expect(refusalOf(DeliveryState.DELIVERING, DeliveryCommand.TURN_BACK, 3).details['reason']).toBe(
      'ROLE_NOT_ALLOWED',
    );
  });
});

describe('a recall', () => {
  it('begins a new attempt without the courier and the reason of the old one', () => {
    const courier = { courierId: 'c-1', state: DeliveryState.TO_FETCH, atMs: 1 };
    const stopped = life({ state: DeliveryState.EXCEPTION, subState: 'SHOP_CLOSED', courier });
    const row = checkCommand({ state: stopped.state, command: DeliveryCommand.RECALL, role: 3 });
    expect(lifeAfter(stopped, row, NOW_MS + 5)).toEqual({
      ...{ attempt: 2, state: 'TO_CALL', subState: null, sinceMs: NOW_MS + 5, courier: null },
    });
  });

  it('is the only command that makes an attempt', () => {
    for (const row of commandRows) {
      if (row.from === null) continue;
      const after = lifeAfter(life({ state: row.from }), row, NOW_MS);
      expect([row.on, after.attempt]).toEqual([row.on, row.on === DeliveryCommand.RECALL ? 2 : 1]);
    }
  });
});

describe('a command that changes no state', () => {
  it('leaves the very same life', () => {
    const waiting = life({ state: DeliveryState.TO_ASSIGN });
    const row = checkCommand({ state: waiting.state, command: DeliveryCommand.TIP, role: 3 });
    expect(lifeAfter(waiting, row, NOW_MS + 5)).toBe(waiting);
  });
});

describe('the end of the order', () => {
  it.each(
    deliveryStates.map((state) => {
      const stops = ['DELIVERING', 'DELIVERED', 'RETURNING', 'NO_MORE_DELIVERY'].includes(state) ? undefined : 'stop';
      return [state, state === 'DELIVERING' ? 'turn-back' : stops] as const;
    }),
  )('asks a delivery in %s to %s', (state, command) => {
    expect(commandAtOrderEnd(state)).toBe(command);
  });
});

describe('the receipt of the order', () => {
  const over = ['DELIVERED', 'NO_MORE_DELIVERY'];
  const mayStillCome = ['DELIVERING', 'RETURNING', 'SELF_DELIVERY'];

  it.each(
    deliveryStates.map((state) => [state, [...over, ...mayStillCome].includes(state) ? undefined : 'stop'] as const),
  )('by the system asks a delivery in %s to %s', (state, command) => {
    expect(commandAtReceipt(state, true)).toBe(command);
  });

  it.each(deliveryStates)(
    'by a person leaves a delivery in %s to whoever carries, and stops a call that nobody took',
    (state) => {
      expect(commandAtReceipt(state, false)).toBe(state === 'TO_CALL' ? 'stop' : undefined);
    },
  );
});
