/**
 * The only place that says what may happen to a refund (DOMAIN §2). `next` answers what a command leads to; `checkRefund` adds who may ask,
 * and refuses with everything that the caller needs to know. Pure: no clock, no database. Agreement and movement of money are different
 * facts: from AGREED on only the ledger moves a refund.
 */
import { type RefundKind, RefundStatus, type RefusalCode, Role, refuse, roleNameOf } from '@ordo/contracts';
import type { Refusal } from '@ordo/kernel';
import { RefundCommand, type RefundDeadline, type RefundRow } from './refund-command.js';

const { APPLIED, WITHDRAWN, REJECTED, ARBITRATING, REJECTED_FINAL, AGREED, REFUNDING, SUCCEEDED, FAILED } =
  RefundStatus;
const { APPLY, START, WITHDRAW, AGREE, REJECT, APPEAL, LAPSE, UPHOLD, DISMISS, SUPERSEDE, SEND, SUCCEED, FAIL } =
  RefundCommand;
const { USER, SYSTEM, MERCHANT, CUSTOMER_SERVICE, OPEN_PLATFORM } = Role;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** DOMAIN §1: two rounds, then customer service only. */
export const MAX_APPEALS = 2;

/** DOMAIN §1, table of timers. A ruling waits for a person and for nothing else. */
const deadlines = {
  APPLIED: { command: AGREE, afterMs: { IN_SALE: 15 * MINUTE_MS, AFTER_SALE: 3 * HOUR_MS } },
  REJECTED: { command: LAPSE, afterMs: { IN_SALE: 24 * HOUR_MS, AFTER_SALE: 24 * HOUR_MS } },
} as const satisfies Partial<Record<RefundStatus, RefundDeadline>>;

const merchantSide = [MERCHANT, OPEN_PLATFORM] as const;

export const refundTable = [
  { from: null, on: APPLY, to: APPLIED, roles: [USER], deadline: deadlines.APPLIED, emits: 'refund.applied' },
  {
    ...{ from: null, on: START, to: AGREED, deadline: null, emits: 'refund.agreed' },
    roles: [...merchantSide, CUSTOMER_SERVICE, SYSTEM],
  },
  { from: APPLIED, on: WITHDRAW, to: WITHDRAWN, roles: [USER], deadline: null, emits: 'refund.withdrawn' },
  {
    ...{ from: APPLIED, on: AGREE, to: AGREED, deadline: null, emits: 'refund.agreed' },
    // Silence agrees: the system does it at the deadline.
    roles: [...merchantSide, CUSTOMER_SERVICE, SYSTEM],
  },
  {
    ...{ from: APPLIED, on: REJECT, to: REJECTED, deadline: deadlines.REJECTED, emits: 'refund.rejected' },
    roles: [...merchantSide],
  },
  { from: APPLIED, on: SUPERSEDE, to: WITHDRAWN, roles: [SYSTEM], deadline: null, emits: 'refund.withdrawn' },
  {
    ...{ from: REJECTED, on: APPEAL, to: ARBITRATING, roles: [USER], deadline: null, emits: 'refund.arbitrating' },
    appeals: 'some',
  },
  { from: REJECTED, on: LAPSE, to: REJECTED_FINAL, roles: [SYSTEM], deadline: null, emits: 'refund.rejected_final' },
  { from: REJECTED, on: SUPERSEDE, to: WITHDRAWN, roles: [SYSTEM], deadline: null, emits: 'refund.withdrawn' },
  {
    ...{ from: ARBITRATING, on: UPHOLD, to: AGREED, deadline: null, emits: 'refund.agreed' },
    roles: [CUSTOMER_SERVICE],
  },
  {
    ...{ from: ARBITRATING, on: DISMISS, to: REJECTED, deadline: deadlines.REJECTED, emits: 'refund.rejected' },
    ...{ roles: [CUSTOMER_SERVICE], appeals: 'some' },
  },
  {
    ...{ from: ARBITRATING, on: DISMISS, to: REJECTED_FINAL, deadline: null, emits: 'refund.rejected_final' },
    ...{ roles: [CUSTOMER_SERVICE], appeals: 'none' },
  },
  { from: ARBITRATING, on: SUPERSEDE, to: WITHDRAWN, roles: [SYSTEM], deadline: null, emits: 'refund.withdrawn' },
  { from: AGREED, on: SEND, to: REFUNDING, roles: [SYSTEM], deadline: null, emits: 'refund.refunding' },
  // What was never sent can still be given up, and a channel may know of a refund that we only believe unsent.
  { from: AGREED, on: FAIL, to: FAILED, roles: [SYSTEM], deadline: null, emits: 'refund.failed' },
  { from: AGREED, on: SUCCEED, to: SUCCEEDED, roles: [SYSTEM], deadline: null, emits: 'refund.succeeded' },
  { from: REFUNDING, on: SUCCEED, to: SUCCEEDED, roles: [SYSTEM], deadline: null, emits: 'refund.succeeded' },
  { from: REFUNDING, on: FAIL, to: FAILED, roles: [SYSTEM], deadline: null, emits: 'refund.failed' },
  { from: FAILED, on: SEND, to: REFUNDING, roles: [SYSTEM], deadline: null, emits: 'refund.refunding' },
  // A failure that was told first and a success that came later, over another road.
  { from: FAILED, on: SUCCEED, to: SUCCEEDED, roles: [SYSTEM], deadline: null, emits: 'refund.succeeded' },
] as const satisfies readonly RefundRow[];

const rows: readonly RefundRow[] = refundTable;

/** Waits for a decision: an order has at most one such refund. */
export const openStatuses: readonly RefundStatus[] = [APPLIED, REJECTED, ARBITRATING];
export const isOpen = (status: RefundStatus): boolean => openStatuses.includes(status);
export const terminalStatuses: readonly RefundStatus[] = [WITHDRAWN, REJECTED_FINAL, SUCCEEDED];

const leftAfter = (appeals: number): RefundRow['appeals'] => (appeals < MAX_APPEALS ? 'some' : 'none');

/** The row of (state, command) for a refund that was appealed so often; undefined where the table has none. */
export function next(
  table: readonly RefundRow[],
  from: RefundStatus | null,
  on: RefundCommand,
  appeals: number,
): RefundRow | undefined {
  return table.find(
    (row) => row.from === from && row.on === on && (row.appeals === undefined || row.appeals === leftAfter(appeals)),
  );
}

/** When the state that `row` leads to ends by itself; null where it waits for nobody, or for a person. */
export const deadlineAfter = ({ deadline }: RefundRow, kind: RefundKind, nowMs: number): number | null =>
  deadline === null ? null : nowMs + deadline.afterMs[kind];

const refusalCodes = {
  apply: 'INVALID_ARGUMENT',
  start: 'INVALID_ARGUMENT',
  withdraw: 'REFUND_NOT_WITHDRAWABLE',
  agree: 'REFUND_NOT_AGREEABLE',
  reject: 'REFUND_NOT_REJECTABLE',
  appeal: 'REFUND_NOT_APPEALABLE',
  lapse: 'REFUND_NOT_APPEALABLE',
  uphold: 'REFUND_NOT_RULABLE',
  dismiss: 'REFUND_NOT_RULABLE',
  supersede: 'REFUND_NOT_WITHDRAWABLE',
  send: 'REFUND_NOT_RETRYABLE',
  succeed: 'REFUND_NOT_RETRYABLE',
  fail: 'REFUND_NOT_RETRYABLE',
} as const satisfies Readonly<Record<RefundCommand, RefusalCode>>;

/** Why a command was refused; a stable word in the details of the conflict. */
export const RefundConflict = {
  NO_TRANSITION: 'NO_TRANSITION',
  ROLE_NOT_ALLOWED: 'ROLE_NOT_ALLOWED',
  APPEALS_SPENT: 'APPEALS_SPENT',
} as const;
export type RefundConflict = (typeof RefundConflict)[keyof typeof RefundConflict];

export interface RefundRequest {
  /** For the details of a refusal only. */
  readonly refundId?: string;
  readonly status: RefundStatus | null;
  readonly appeals: number;
  readonly command: RefundCommand;
  readonly role: Role;
}

const conflict = ({ refundId, status, command }: RefundRequest, reason: RefundConflict, message: string): Refusal =>
  refuse(refusalCodes[command], message, {
    ...(refundId === undefined ? {} : { refundId }),
    ...{ from: status, command, currentStatus: status, reason },
  });

/**
 * The row that `command` takes.
 * @throws Refusal REFUND_NOT_…ABLE (409) with from, command, currentStatus and reason; the caller reads the refund before anything else.
 */
export function checkRefund(request: RefundRequest): RefundRow {
  const { status, command, appeals, role } = request;
  const row = next(rows, status, command, appeals);
  if (row === undefined) {
    const isSpent = rows.some((each) => each.from === status && each.on === command);
    const message = isSpent
      ? `a refund takes ${MAX_APPEALS} appeals; customer service decides from here on`
      : `a refund in ${status ?? 'no state'} does not take ${command}`;
    throw conflict(request, isSpent ? RefundConflict.APPEALS_SPENT : RefundConflict.NO_TRANSITION, message);
  }
  if (row.roles.includes(role)) return row;
  const message = `${command} of a refund in ${status ?? 'no state'} is not open to ${roleNameOf(role) ?? `role ${role}`}`;
  throw conflict(request, RefundConflict.ROLE_NOT_ALLOWED, message);
}

/** The roles that may do this to a refund in this state; none where nobody may. */
export const rolesFor = (status: RefundStatus | null, command: RefundCommand, appeals: number): readonly Role[] =>
  next(rows, status, command, appeals)?.roles ?? [];

export { RefundCommand };
