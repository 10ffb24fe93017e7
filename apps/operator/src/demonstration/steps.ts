/** The words that journeys are written in. */
import { InvalidReason, Role } from '@ordo/contracts';
import type { Actor, Refused, Step, Taken } from './journey.js';

const taken = (status: Taken['status'], emits: Taken['emits']): Taken => ({ status, emits });
const conflict = (code: Refused['code'], currentStatus: Taken['status']): Refused => ({
  code,
  http: 409,
  currentStatus,
});

export const place = (): Step => ({
  ...{ command: 'place', by: 'user', remark: '', body: {} },
  expect: taken('CREATED', 'order.created'),
});

/** The answer was lost, the app sends it again: the same order, in the state that it has by now. */
export const placeAgain = (status: Taken['status']): Step => ({
  ...{ command: 'place', by: 'user', remark: 'same Idempotency-Key, same body: the same order', body: {} },
  expect: taken(status, null),
});

export const placeOtherBody = (): Step => ({
  ...{ command: 'place', by: 'user', remark: 'same Idempotency-Key, other body', body: { remark: 'something else' } },
  expect: { code: 'IDEMPOTENCY_KEY_REUSED', http: 422 },
});

export const pay = (paymentId = 'first'): Step => ({
  ...{ command: 'pay', by: 'payment', remark: '', body: { paymentId } },
  expect: taken('PAID', 'order.paid'),
});

export const payAgain = (status: Taken['status']): Step => ({
  ...{ command: 'pay', by: 'payment', remark: 'same paymentId: the same payment', body: { paymentId: 'first' } },
  expect: taken(status, null),
});

/** A payment that finds the order closed, or paid already. */
export const payLate = (status: Taken['status'], paymentId: string): Step => ({
  ...{ command: 'pay', by: 'payment', body: { paymentId } },
  remark: status === 'INVALID' ? 'payment after closing: announced, no state change' : 'second payment: announced',
  expect: taken(status, 'order.late_payment'),
});

export const accept = (status: 'ACCEPTED' | 'FULFILLING'): Step => ({
  ...{ command: 'accept', by: 'merchant', remark: '', body: {} },
  expect: taken(status, 'order.accepted'),
});

export const receive = (by: Actor = 'carrier'): Step => ({
  ...{ command: 'receive', by, remark: '', body: {} },
  expect: taken('RECEIVED', 'order.received'),
});

export const receiveAgain = (): Step => ({
  ...{ command: 'receive', by: 'user', remark: 'a repeat changes nothing', body: {} },
  expect: taken('RECEIVED', null),
});

export const complete = (): Step => ({
  ...{ command: 'complete', by: 'user', remark: '', body: {} },
  expect: taken('COMPLETED', 'order.completed'),
});

const invalidate = (by: Actor, remark: string, body: Step['body']): Step => ({
  ...{ command: 'invalidate', by, remark, body },
  expect: taken('INVALID', 'order.invalidated'),
});

export const userCancels = (remark: string): Step =>
  invalidate('user', remark, { reasonCode: InvalidReason.USER_CANCEL });

export const merchantRejects = (): Step =>
  invalidate('merchant', 'the merchant rejects: sold out', { reasonCode: InvalidReason.SOLD_OUT });

export const serviceRules = (): Step =>
  invalidate('service', 'customer service rules: a fault of the delivery', {
    reasonCode: InvalidReason.DELIVERY_FAULT,
    role: Role.CUSTOMER_SERVICE,
  });

export const completeTooEarly = (currentStatus: Taken['status']): Step => ({
  ...{ command: 'complete', by: 'user', remark: 'a typed conflict names the present state', body: {} },
  expect: conflict('ORDER_NOT_COMPLETABLE', currentStatus),
});

export const cancelTooLate = (currentStatus: Taken['status']): Step => ({
  ...{ command: 'invalidate', by: 'user', body: { reasonCode: InvalidReason.USER_CANCEL } },
  remark: 'a typed conflict names the present state',
  expect: conflict('ORDER_NOT_INVALIDATABLE', currentStatus),
});

/** Unpaid orders are not the merchant's to see: the same answer as for an order that does not exist. */
export const acceptTooEarly = (): Step => ({
  ...{ command: 'accept', by: 'merchant', remark: 'not paid: the merchant does not see it', body: {} },
  expect: { code: 'ORDER_NOT_FOUND', http: 404 },
});

export const strangerReads = (): Step => ({
  ...{ command: 'read', by: 'stranger', remark: "another user's token: 404, not 403", body: {} },
  expect: { code: 'ORDER_NOT_FOUND', http: 404 },
});
