/** Orders that end by themselves, and one whose deadline a payment has cancelled. The deadlines are as short as the stack allows. */
import { InvalidReason } from '@ordo/contracts';
import type { Journey, Step, Taken } from './journey.js';
import { accept, pay, payLate, place } from './steps.js';

/** Long enough to do something to the order, or to the servers, before it is due. */
const SHORT_SECONDS = 4;
const SHORTEST_SECONDS = 2;

type Deadlines = Readonly<Record<string, number>>;

const placeWith = (deadlines: Deadlines): Step => ({
  ...place(),
  body: { deadlines },
  remark: `with deadlines of its own: ${JSON.stringify(deadlines)}`,
});

const expires = (command: Step['command'], expect: Taken): Step => ({
  ...{ command, by: 'deadline', remark: '', body: {}, expect },
});

const expiresUnpaid = (): Step =>
  expires('invalidate', {
    ...{ status: 'INVALID', emits: 'order.invalidated', reasonCode: InvalidReason.PAY_TIMEOUT },
  });

/** The deadline that the order was placed with goes by, and nothing happens. */
const outlives = (status: Taken['status']): Step => ({
  ...{ command: 'read', by: 'deadline', remark: 'paid in time: the pay deadline does not fire', body: {} },
  expect: { status, emits: null },
});

/** Between placement and deadline, all that the timers' Redis has is thrown away. */
const emptied = (status: Taken['status']): Step => ({
  ...{ command: 'read', by: 'operator', remark: '', body: {} },
  expect: { status, emits: null },
});

export const deadlineJourneys: readonly Journey[] = [
  {
    bizType: 'takeout',
    title: 'nobody pays, and the timers’ Redis loses everything meanwhile',
    steps: [placeWith({ paySeconds: SHORT_SECONDS }), emptied('CREATED'), expiresUnpaid()],
  },
  {
    bizType: 'takeout',
    title: 'paid, and nobody accepts',
    steps: [
      ...[placeWith({ acceptSeconds: SHORT_SECONDS }), pay()],
      expires('invalidate', {
        ...{ status: 'INVALID', emits: 'order.invalidated', reasonCode: InvalidReason.ACCEPT_TIMEOUT },
      }),
    ],
  },
  {
    bizType: 'takeout',
    title: 'paid in time',
    steps: [placeWith({ paySeconds: SHORT_SECONDS }), pay(), outlives('PAID')],
  },
  {
    bizType: 'takeout',
    title: 'accepted, and nobody says anything any more',
    steps: [
      ...[
        placeWith({ receiveSeconds: SHORTEST_SECONDS, completeSeconds: SHORTEST_SECONDS }),
        pay(),
        accept('ACCEPTED'),
      ],
      expires('receive', { status: 'RECEIVED', emits: 'order.received' }),
      expires('complete', { status: 'COMPLETED', emits: 'order.completed' }),
    ],
  },
  {
    bizType: 'virtual',
    title: 'not paid, and the payment comes after all',
    steps: [placeWith({ paySeconds: SHORTEST_SECONDS }), expiresUnpaid(), payLate('INVALID', 'late')],
  },
  {
    bizType: 'virtual',
    title: 'fulfilled, and nobody says anything any more',
    steps: [
      ...[placeWith({ completeSeconds: SHORTEST_SECONDS }), pay(), accept('FULFILLING')],
      expires('complete', { status: 'COMPLETED', emits: 'order.completed' }),
    ],
  },
];
