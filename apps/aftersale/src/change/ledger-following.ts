/**
 * How a refund follows the ledger: every change of a transfer commits together with the state of the refund that it pays, and its event. The
 * ledger alone knows whether money moved; nothing else leads a refund past AGREED.
 */
import { RefundStatus, Role } from '@ordo/contracts';
import type { RefundRecord } from '../record/refund-record.js';
import { checkRefund, RefundCommand } from '../refund/refund.state.js';
import type { RefundCompanion } from '../refund-ledger/refund-companion.js';
import type { RefundChange } from '../refund-ledger/refund-ledger.rules.js';
import { TransferState } from '../transfer/transfer.state.js';
import type { AftersalePlacement } from './aftersale-address.js';
import { lockRefunds, refundsIn } from './order-refunds.repository.js';
import { changeOf, type PlannedStep } from './refund-change.js';
import type { RefundTimers } from './refund-timers.js';
import { refundOfCause } from './refund-units.js';

/** What a refund is while its transfer is in that state, and the command that leads there. */
const followed: Readonly<Record<TransferState, readonly [RefundStatus, RefundCommand] | undefined>> = {
  [TransferState.RESERVED]: undefined,
  [TransferState.SENT]: [RefundStatus.REFUNDING, RefundCommand.SEND],
  [TransferState.FAILED]: [RefundStatus.FAILED, RefundCommand.FAIL],
  [TransferState.STALLED]: [RefundStatus.FAILED, RefundCommand.FAIL],
  [TransferState.CONFIRMED]: [RefundStatus.SUCCEEDED, RefundCommand.SUCCEED],
  [TransferState.RELEASED]: [RefundStatus.FAILED, RefundCommand.FAIL],
};

export function ledgerFollowing(placement: AftersalePlacement, timers: RefundTimers): RefundCompanion {
  return {
    open: (orderId) => [lockRefunds(orderId, placement.ofNumber(orderId))],
    follow: (change, [rows], nowMs) => {
      const before = refundOf(change, rows);
      const step = before === undefined ? undefined : stepOf(before, change, nowMs, placement, timers);
      return step === undefined
        ? { updates: [], inserts: [] }
        : { updates: step.effects.updates, inserts: step.effects.inserts, announce: step.announce };
    },
  };
}

function refundOf({ transfer }: RefundChange, rows: unknown): RefundRecord | undefined {
  const refundId = refundOfCause(transfer.cause);
  return refundsIn(rows).find(({ record }) => record.refundId === refundId)?.record;
}

function stepOf(
  before: RefundRecord,
  { transfer, reason }: RefundChange,
  nowMs: number,
  placement: AftersalePlacement,
  timers: RefundTimers,
): PlannedStep | undefined {
  const target = followed[transfer.state];
  if (target === undefined || target[0] === before.status) return undefined;
  const [status, command] = target;
  const { refundId, appeals } = before;
  const row = checkRefund({ refundId, status: before.status, appeals, command, role: Role.SYSTEM });
  const hasEnded = status === RefundStatus.SUCCEEDED || transfer.state === TransferState.RELEASED;
  const after: RefundRecord = {
    ...before,
    ...{ status, version: before.version + 1, role: Role.SYSTEM, refundNumber: transfer.number },
    failure: status === RefundStatus.FAILED ? (transfer.failure ?? reason) : null,
    endedAt: hasEnded ? nowMs : null,
  };
  const step = { before, after, row, nowMs, traceParent: null };
  return changeOf(step, placement.ofNumber(before.orderId), timers);
}
