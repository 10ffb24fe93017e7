/** Virtual goods: CREATED → PAID → FULFILLING → COMPLETED; what FULFILLING means belongs to the seller's side (DOMAIN §1). */
import { InvalidReason, OrderStatus, Role } from '@ordo/contracts';
import { type BusinessType, latePayment, OrderCommand, type TransitionRow } from './business-type.js';

const { CREATED, PAID, FULFILLING, COMPLETED, INVALID } = OrderStatus;
const { PLACE, PAY, ACCEPT, COMPLETE, INVALIDATE } = OrderCommand;
const { USER, SYSTEM, MERCHANT, CUSTOMER_SERVICE, OPEN_PLATFORM, PRINTER, RISK_CONTROL, ORDER_COMPLETION } = Role;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** The same minute of regret as everywhere (DOMAIN §1, "free cancel after accept"). */
const FREE_CANCEL_MS = MINUTE_MS;

/** DOMAIN §1, table of timers. */
const deadlines = {
  CREATED: {
    ...{ name: 'pay', afterMs: 15 * MINUTE_MS, limits: { shortestMs: MINUTE_MS, longestMs: 24 * HOUR_MS } },
    ...{ command: INVALIDATE, reasonCode: InvalidReason.PAY_TIMEOUT },
  },
  PAID: {
    ...{ name: 'accept', afterMs: 8 * MINUTE_MS, limits: { shortestMs: 5 * MINUTE_MS, longestMs: 10 * MINUTE_MS } },
    ...{ command: INVALIDATE, reasonCode: InvalidReason.ACCEPT_TIMEOUT },
  },
  /** One step here where catering has two: its 3 h without a callback and its 2 h after receipt, added up. */
  FULFILLING: {
    ...{ name: 'complete', afterMs: 5 * HOUR_MS, limits: { shortestMs: 10 * MINUTE_MS, longestMs: 7 * DAY_MS } },
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
    to: FULFILLING,
    roles: [MERCHANT, OPEN_PLATFORM, SYSTEM, PRINTER],
    deadline: deadlines.FULFILLING,
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
    from: FULFILLING,
    on: COMPLETE,
    to: COMPLETED,
    roles: [USER, SYSTEM, MERCHANT, OPEN_PLATFORM, ORDER_COMPLETION],
    deadline: null,
    emits: 'order.completed',
  },
  {
    from: FULFILLING,
    on: INVALIDATE,
    to: INVALID,
    roles: [USER, MERCHANT, SYSTEM, CUSTOMER_SERVICE],
    within: { roles: [USER], since: 'acceptedAt', ms: FREE_CANCEL_MS },
    deadline: null,
    emits: 'order.invalidated',
  },
  latePayment(PAID),
  latePayment(FULFILLING),
  latePayment(COMPLETED),
  latePayment(INVALID),
] as const satisfies readonly TransitionRow[];

export const virtual = {
  name: 'virtual',
  code: 2,
  transitions,
  deadlines,
  deliveryMode: 'ELECTRONIC',
  /** DOMAIN §1: a code may be used days after it was bought. */
  afterSaleWindowMs: 7 * DAY_MS,
  extensionSchema: {
    type: 'object',
    additionalProperties: false,
    properties: {
      account: { type: 'string', minLength: 1, maxLength: 128 },
      validUntil: { type: 'string', format: 'date-time', maxLength: 40 },
      channel: { type: 'string', enum: ['CODE', 'TOP_UP', 'MEMBERSHIP'] },
    },
  },
} as const satisfies BusinessType;
