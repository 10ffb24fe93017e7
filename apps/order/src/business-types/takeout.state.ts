/** Catering: CREATED → PAID → ACCEPTED → RECEIVED → COMPLETED, INVALID from any state but COMPLETED (DOMAIN §1). */
import { InvalidReason, OrderStatus, Role } from '@ordo/contracts';
import { type BusinessType, latePayment, OrderCommand, type TransitionRow, UNCHANGED } from './business-type.js';

const { CREATED, PAID, ACCEPTED, RECEIVED, COMPLETED, INVALID } = OrderStatus;
const { PLACE, PAY, ACCEPT, RECEIVE, COMPLETE, INVALIDATE } = OrderCommand;
const { USER, SYSTEM, MERCHANT, CUSTOMER_SERVICE, OPEN_PLATFORM, PRINTER, RISK_CONTROL, ORDER_COMPLETION } = Role;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** After acceptance the kitchen cooks: a user cancels alone only this long (DOMAIN §1, "free cancel after accept"). */
const FREE_CANCEL_MS = MINUTE_MS;

/** DOMAIN §1, table of timers. */
const deadlines = {
  CREATED: {
    ...{ name: 'pay', afterMs: 15 * MINUTE_MS, limits: { shortestMs: MINUTE_MS, longestMs: 24 * HOUR_MS } },
    ...{ command: INVALIDATE, reasonCode: InvalidReason.PAY_TIMEOUT },
  },
  /** Five to ten minutes per shop: longer, and the meal of somebody who waits for an answer is another shop's. */
  PAID: {
    ...{ name: 'accept', afterMs: 8 * MINUTE_MS, limits: { shortestMs: 5 * MINUTE_MS, longestMs: 10 * MINUTE_MS } },
    ...{ command: INVALIDATE, reasonCode: InvalidReason.ACCEPT_TIMEOUT },
  },
  /** "Promise + 3 h" without a delivery callback; counted from acceptance where the order carries no promise. */
  ACCEPTED: {
    ...{ name: 'receive', afterMs: 3 * HOUR_MS, limits: { shortestMs: 30 * MINUTE_MS, longestMs: 24 * HOUR_MS } },
    command: RECEIVE,
  },
  RECEIVED: {
    ...{ name: 'complete', afterMs: 2 * HOUR_MS, limits: { shortestMs: 10 * MINUTE_MS, longestMs: 7 * DAY_MS } },
    command: COMPLETE,
  },
} as const satisfies BusinessType['deadlines'];

const transitions = [
  { from: null, on: PLACE, to: CREATED, roles: [USER], deadline: deadlines.CREATED, emits: 'order.created' },
  { from: CREATED, on: PAY, to: PAID, roles: [SYSTEM], deadline: deadlines.PAID, emits: 'order.paid' },
  {
    from: CREATED,
    on: INVALIDATE,
    to: INVALID,
    roles: [USER, SYSTEM, RISK_CONTROL],
    deadline: null,
    emits: 'order.invalidated',
  },
  {
    from: PAID,
    on: ACCEPT,
    to: ACCEPTED,
    roles: [MERCHANT, OPEN_PLATFORM, SYSTEM, PRINTER],
    deadline: deadlines.ACCEPTED,
    emits: 'order.accepted',
  },
  {
    from: PAID,
    on: INVALIDATE,
    to: INVALID,
    roles: [MERCHANT, SYSTEM, USER, CUSTOMER_SERVICE, RISK_CONTROL],
    deadline: null,
    emits: 'order.invalidated',
  },
  {
    from: ACCEPTED,
    on: RECEIVE,
    to: RECEIVED,
    roles: [OPEN_PLATFORM, MERCHANT, USER, SYSTEM],
    deadline: deadlines.RECEIVED,
    emits: 'order.received',
  },
  {
    from: ACCEPTED,
    on: INVALIDATE,
    to: INVALID,
    roles: [USER, MERCHANT, SYSTEM, CUSTOMER_SERVICE],
    within: { roles: [USER], since: 'acceptedAt', ms: FREE_CANCEL_MS },
    deadline: null,
    emits: 'order.invalidated',
  },
  {
    from: RECEIVED,
    on: RECEIVE,
    to: RECEIVED,
    roles: [OPEN_PLATFORM, MERCHANT, USER, SYSTEM],
    deadline: UNCHANGED,
    emits: null,
    replay: true,
  },
  {
    from: RECEIVED,
    on: COMPLETE,
    to: COMPLETED,
    roles: [USER, SYSTEM, ORDER_COMPLETION],
    deadline: null,
    emits: 'order.completed',
  },
  {
    from: RECEIVED,
    on: INVALIDATE,
    to: INVALID,
    roles: [SYSTEM, CUSTOMER_SERVICE],
    deadline: null,
    emits: 'order.invalidated',
  },
  latePayment(PAID),
  latePayment(ACCEPTED),
  latePayment(RECEIVED),
  latePayment(COMPLETED),
  latePayment(INVALID),
] as const satisfies readonly TransitionRow[];

export const takeout = {
  name: 'takeout',
  code: 1,
  transitions,
  deadlines,
  deliveryMode: 'COURIER',
  /** DOMAIN §1: food is judged within a day. */
  afterSaleWindowMs: 24 * HOUR_MS,
  extensionSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      tablewareCount: { type: 'integer', minimum: 0, maximum: 99 },
      expectedDeliveryAt: { type: 'string', format: 'date-time', maxLength: 40 },
      invoiceTitle: { type: 'string', minLength: 1, maxLength: 128 },
      selfPickup: { type: 'boolean' },
      /** What the promise service gave for this order; only the delivery app trusts what it says. */
      promiseToken: { type: 'string', minLength: 1, maxLength: 512 },
      recipientLongitude: { type: 'number', minimum: -180, maximum: 180 },
      recipientLatitude: { type: 'number', minimum: -90, maximum: 90 },
    },
  },
} as const satisfies BusinessType;
