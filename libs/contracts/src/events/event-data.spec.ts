/** Types and schemas of `data` say the same: every member of one is a member of the other, and a whole typed value satisfies the schema. */
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { InvalidReason } from '../order/invalid-reason.js';
import { eventEntryOf, eventNames } from './event-catalogue.js';
import type { TypedEventData } from './event-data.js';

const ajv = new Ajv2020({ formats: { 'date-time': true, date: true }, allowUnionTypes: true });
const NOON = '2026-11-20T12:00:00.000Z';

/** `Required`, so that a member that the type has and this lacks does not compile. */
const whole: { readonly [N in keyof TypedEventData]: Required<TypedEventData[N]> } = {
  'order.created': { status: 'CREATED', currency: 'CNY', payAmount: 3_600, deadlineAt: NOON },
  'order.paid': {
    ...{ status: 'PAID', previousStatus: 'CREATED', paymentId: 'pay-1', paidAmount: 3_600, currency: 'CNY' },
    ...{ businessDate: '2026-11-20', deadlineAt: null },
  },
  'order.accepted': { status: 'ACCEPTED', previousStatus: 'PAID', deadlineAt: NOON },
  'order.received': { status: 'RECEIVED', previousStatus: 'ACCEPTED', deadlineAt: NOON },
  'order.completed': { status: 'COMPLETED', previousStatus: 'RECEIVED', afterSaleUntil: NOON },
  'order.invalidated': { status: 'INVALID', previousStatus: 'PAID', reasonCode: InvalidReason.SOLD_OUT },
  'order.tagged': { status: 'PAID', tags: ['AFTER_SALE_OPEN'], added: [], removed: [] },
  'order.late_payment': {
    ...{ status: 'INVALID', paymentId: 'pay-2', paidAmount: 1, paidAt: NOON, currency: 'CNY', kind: 'LATE' },
  },
};
const typed = Object.keys(whole) as (keyof TypedEventData)[];

describe('the types of event data', () => {
  it('are there for every order event that is published', () => {
    const published = eventNames.filter(
      (name) => name.startsWith('order.') && eventEntryOf(name).stage === 'published',
    );
    expect(typed.filter((name) => name.startsWith('order.')).sort()).toEqual(published.sort());
  });

  it.each(typed)('%s: has the members of its schema and no others, each as the schema wants it', (name) => {
    const { data } = eventEntryOf(name);
    const properties = Object.keys(data['properties'] ?? {});
    expect(Object.keys(whole[name]).sort()).toEqual(properties.sort());
    const isData = ajv.compile({ ...data });
    expect([isData(whole[name]), isData.errors]).toEqual([true, null]);
  });
});
