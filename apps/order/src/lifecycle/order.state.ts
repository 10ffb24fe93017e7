/**
 * The only place that says what may happen to an order. `next` answers what a command leads to; `checkTransition` adds who may ask
 * and until when, and refuses with everything that the caller needs to know. Pure: no clock, no database.
 */

import {
  type OrderDeadlines,
  type OrderEventName,
  type OrderStatus,
  type RefusalCode,
  type Role,
  refuse,
  refuseViolations,
  roleNameOf,
} from '@ordo/contracts';
import { invariant, type Refusal } from '@ordo/kernel';
import {
  type BusinessType,
  type Deadline,
  OrderCommand,
  type OrderInstant,
  type TransitionRow,
  type TransitionWindow,
  UNCHANGED,
} from '../business-types/business-type.js';
import { takeout } from '../business-types/takeout.state.js';
import { virtual } from '../business-types/virtual.state.js';

/** Every line of business. A new one joins here. */
export const businessTypes: readonly BusinessType[] = [takeout, virtual];

const byName = new Map(businessTypes.map((type) => [type.name, type]));
const byCode = new Map(businessTypes.map((type) => [type.code, type]));

/** The business type that a caller named; an unknown name is refused with the names that exist. */
export function businessTypeByName(name: string): BusinessType {
  const type = byName.get(name);
  if (type === undefined) {
    const known = [...byName.keys()].join(', ');
    throw refuseViolations(
      [{ field: 'bizType', rule: 'enum', message: `must be one of ${known}` }],
      'BUSINESS_TYPE_UNKNOWN',
    );
  }
  return type;
}

/** The business type of a stored number; an unknown number is a row that no release of ours wrote. */
export function businessTypeByCode(code: number): BusinessType {
  const type = byCode.get(code);
  invariant(type !== undefined, `no business type has the number ${code}`, { code });
  return type;
}

const MS_PER_SECOND = 1_000;

const pairKey = (from: OrderStatus | null, on: OrderCommand): string => `${from ?? ''}>${on}`;

const rowsByType = new Map(
  businessTypes.map((type) => [type.name, new Map(type.transitions.map((row) => [pairKey(row.from, row.on), row]))]),
);

/** The row of (state, command); undefined where the table has none. `from` null asks for the birth of an order. */
export function next(bizType: string, from: OrderStatus | null, command: OrderCommand): TransitionRow | undefined {
  return rowsByType.get(bizType)?.get(pairKey(from, command));
}

/** How long the state of `deadline` lasts at most for an order that was placed with `own` deadlines, ms. */
export const lastingMs = ({ name, afterMs }: Deadline, own: OrderDeadlines = {}): number => {
  const seconds = own[`${name}Seconds`];
  return seconds === undefined ? afterMs : seconds * MS_PER_SECOND;
};

/**
 * When the order's pending deadline is after `row` was taken at `nowMs`; null where nothing pends. `own`: what the order was placed with.
 * A row that leads nowhere keeps the deadline that the order has, which the caller then has to give.
 */
export function deadlineAfter(
  row: TransitionRow,
  nowMs: number,
  own: OrderDeadlines | undefined,
  pendingAtMs?: number | null,
): number | null {
  if (row.deadline === null) return null;
  if (row.deadline !== UNCHANGED) return nowMs + lastingMs(row.deadline, own);
  invariant(pendingAtMs !== undefined, 'a row that keeps the deadline was asked for a new one', { on: row.on });
  return pendingAtMs;
}

export interface TransitionRequest {
  /** For the details of a refusal only. */
  readonly orderId?: string;
  readonly bizType: string;
  readonly status: OrderStatus;
  readonly command: OrderCommand;
  readonly role: Role;
  /** The order's instants in epoch ms. */
  readonly times: Readonly<Partial<Record<OrderInstant, number | null>>>;
  readonly nowMs: number;
}

/** Why a command was refused; a stable word in the details of the conflict. */
export const ConflictReason = {
  NO_TRANSITION: 'NO_TRANSITION',
  ROLE_NOT_ALLOWED: 'ROLE_NOT_ALLOWED',
  WINDOW_CLOSED: 'WINDOW_CLOSED',
} as const;
export type ConflictReason = (typeof ConflictReason)[keyof typeof ConflictReason];

const refusalCodes = {
  place: 'INVALID_ARGUMENT',
  pay: 'ORDER_NOT_PAYABLE',
  accept: 'ORDER_NOT_ACCEPTABLE',
  receive: 'ORDER_NOT_RECEIVABLE',
  complete: 'ORDER_NOT_COMPLETABLE',
  invalidate: 'ORDER_NOT_INVALIDATABLE',
} as const satisfies Readonly<Record<OrderCommand, RefusalCode>>;

const conflict = (request: TransitionRequest, reason: ConflictReason, message: string): Refusal =>
  refuse(refusalCodes[request.command], message, {
    ...(request.orderId === undefined ? {} : { orderId: request.orderId }),
    from: request.status,
    command: request.command,
    currentStatus: request.status,
    reason,
  });

const windowEnd = (window: TransitionWindow, request: TransitionRequest): number => {
  const since = request.times[window.since];
  invariant(typeof since === 'number', `an order in ${request.status} has no ${window.since}`, {
    orderId: request.orderId,
    status: request.status,
  });
  return since + window.ms;
};

/** A row that does something: it always has something to tell. */
export type TakenRow = TransitionRow & { readonly emits: OrderEventName; readonly replay?: never };

const isTaken = (row: TransitionRow): row is TakenRow => row.replay !== true && row.emits !== null;

/**
 * The row that `command` takes, or `{ replay: true }` where the order is already where the command leads: answer as done, write nothing.
 * A payment of an order that is closed or paid answers a row whose `to` is its `from`: record and announce it, change no state.
 * @throws Refusal ORDER_NOT_… (409) with from, command, currentStatus and reason; the caller reads the order before anything else.
 */
export function checkTransition(request: TransitionRequest): TakenRow | { readonly replay: true } {
  const { bizType, status, command, role } = request;
  const row = next(bizType, status, command);
  if (row === undefined) {
    const message = `a ${bizType} order in ${status} does not take ${command}`;
    throw conflict(request, ConflictReason.NO_TRANSITION, message);
  }
  if (!row.roles.includes(role)) {
    const message = `${command} of an order in ${status} is not open to ${roleNameOf(role) ?? `role ${role}`}`;
    throw conflict(request, ConflictReason.ROLE_NOT_ALLOWED, message);
  }
  if (row.within?.roles.includes(role) && request.nowMs > windowEnd(row.within, request)) {
    const message = `${command} was open to ${roleNameOf(role)} for ${row.within.ms / 1000} s after ${row.within.since}`;
    throw conflict(request, ConflictReason.WINDOW_CLOSED, message);
  }
  return isTaken(row) ? row : { replay: true };
}

export { type BusinessType, OrderCommand, type TransitionRow };
