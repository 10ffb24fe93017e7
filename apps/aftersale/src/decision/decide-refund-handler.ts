/**
 * Withdraw, agree, reject, appeal, rule, and what time decides: one handler, because the table decides everything that differs. Guarantee: the
 * state changes only along a row of the table, under the order's lock; of two deciders one wins and the other is told the state that it lost
 * to. An agreement and its amount set aside are one transaction.
 */
import { type RefundDocument, RefundStatus, type Role, refuse } from '@ordo/contracts';
import type { Clock } from '@ordo/kernel';
import { actingRole, type CallContext, type CallerIdentity, canSee, isUnbound } from '@ordo/platform';
import { changeOf } from '../change/refund-change.js';
import type { RefundTimers } from '../change/refund-timers.js';
import type { FoundRefunds, Outcome, RefundUnits } from '../change/refund-units.js';
import type { RefundReads } from '../reading/refund-reads.repository.js';
import type { RefundRecord } from '../record/refund-record.js';
import { documentOf } from '../record/refund-text.js';
import { checkRefund, deadlineAfter, isOpen, RefundCommand, rolesFor } from '../refund/refund.state.js';
import type { RefundRow } from '../refund/refund-command.js';

export const decisions = [
  RefundCommand.WITHDRAW,
  RefundCommand.AGREE,
  RefundCommand.REJECT,
  RefundCommand.APPEAL,
  RefundCommand.UPHOLD,
  RefundCommand.DISMISS,
] as const;

export interface DecideRefund {
  readonly refundId: string;
  readonly command: RefundCommand;
  readonly role?: number;
  readonly note?: string;
  /** An appeal may bring more. */
  readonly evidence?: readonly string[];
}

export class DecideRefundHandler {
  constructor(
    private readonly reads: RefundReads,
    private readonly units: RefundUnits,
    private readonly timers: RefundTimers,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws REFUND_NOT_FOUND for a refund that is absent or not the caller's, REFUND_NOT_…ABLE (409) naming the current state, FORBIDDEN for a
   * role that the caller may not act in. A repeat after a lost answer gets the conflict that names the state it reached.
   */
  async handle(command: DecideRefund, { caller, traceParent }: CallContext): Promise<RefundDocument> {
    const orderId = await this.orderOf(command.refundId, caller);
    const record = await this.units.run(orderId, (found) => {
      const before = recordIn(found, command.refundId);
      const step = { ...command, role: roleFor(before, command, caller), traceParent };
      return this.decide(before, step, found);
    });
    return documentOf(record);
  }

  /** What a deadline does, if the refund still is at that version; a stale one finds nothing to do. */
  async lapse(refundId: string, version: number, role: Role): Promise<void> {
    const known = await this.reads.find(refundId);
    if (known?.version !== version || known.deadlineAt === null) return;
    await this.units.run(known.orderId, (found) => {
      const before = recordIn(found, refundId);
      if (before.version !== version) return { value: before };
      const command = before.status === RefundStatus.APPLIED ? RefundCommand.AGREE : RefundCommand.LAPSE;
      return this.decide(before, { refundId, command, role, traceParent: null }, found);
    });
  }

  private decide(before: RefundRecord, step: Step, found: FoundRefunds): Outcome<RefundRecord> {
    const nowMs = this.clock.nowMs();
    const { refundId, command, role } = step;
    const row = checkRefund({ refundId, status: before.status, appeals: before.appeals, command, role });
    const draft = afterOf(before, row, step, nowMs);
    const reserved = row.to === RefundStatus.AGREED ? found.reserve(draft) : undefined;
    const after = reserved === undefined ? draft : { ...draft, refundNumber: reserved.refundNumber };
    const change = { before, after, row, nowMs, traceParent: step.traceParent };
    return {
      value: after,
      steps: [changeOf(change, found.address, this.timers)],
      reservation: reserved?.change,
    };
  }

  private async orderOf(refundId: string, caller: CallerIdentity): Promise<string> {
    const known = await this.reads.find(refundId);
    if (known === undefined || !canSee(caller, { ...known, effective: true })) throw refundNotFound(refundId);
    return known.orderId;
  }
}

interface Step extends Omit<DecideRefund, 'role'> {
  readonly role: Role;
  readonly traceParent: string | null;
}

/** The one refusal for a refund that is absent or somebody else's. */
export const refundNotFound = (refundId: string): Error =>
  refuse('REFUND_NOT_FOUND', `refund ${refundId} does not exist`, { refundId });

function recordIn({ refunds }: FoundRefunds, refundId: string): RefundRecord {
  const found = refunds.find(({ record }) => record.refundId === refundId);
  if (found === undefined) throw refundNotFound(refundId);
  return found.record;
}

/** A service that names no role acts in the first of its roles that the table lets do this. */
function roleFor(before: RefundRecord, { role, command }: DecideRefund, caller: CallerIdentity): Role {
  if (role !== undefined || !isUnbound(caller)) return actingRole(caller, role) as Role;
  const allowed: readonly number[] = rolesFor(before.status, command, before.appeals);
  return actingRole(
    caller,
    caller.roles.find((each) => allowed.includes(each)),
  ) as Role;
}

export function afterOf(
  before: RefundRecord,
  row: RefundRow,
  { role, note, evidence }: Pick<Step, 'role' | 'note' | 'evidence'>,
  nowMs: number,
): RefundRecord {
  const isAgreed = row.to === RefundStatus.AGREED;
  const isEnded = !isOpen(row.to) && !isAgreed;
  return {
    ...before,
    ...{ status: row.to, version: before.version + 1, role, deadlineAt: deadlineAfter(row, before.kind, nowMs) },
    ...(note === undefined ? {} : { note }),
    ...(evidence === undefined ? {} : { evidence: [...before.evidence, ...evidence] }),
    appeals: before.appeals + (row.on === RefundCommand.APPEAL ? 1 : 0),
    agreedAt: isAgreed ? nowMs : before.agreedAt,
    endedAt: isEnded ? nowMs : before.endedAt,
  };
}
