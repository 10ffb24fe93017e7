/**
 * A refund begins: applied for by the user, or begun by the other side without asking. Guarantee (P1, P5): when `handle` resolves, the refund
 * is on disk and its event will be published; the same key and body always answer the same refund. Its amount is frozen here; money is set
 * aside with the agreement and not before.
 */
import {
  type OrderDocument,
  type RefundDocument,
  type RefundKind,
  RefundOrigin,
  RefundStatus,
  Role,
  refuse,
} from '@ordo/contracts';
import { type Clock, invariant } from '@ordo/kernel';
import { actingRole, type CallContext, isUnbound } from '@ordo/platform';
import { type OrderNumberGenerator, shardOf } from '@ordo/sharding';
import { birthOf } from '../change/refund-change.js';
import type { RefundTimers } from '../change/refund-timers.js';
import type { FoundRefunds, Outcome, RefundUnits } from '../change/refund-units.js';
import { spokenFor } from '../change/spoken-for.js';
import type { RefundReads } from '../reading/refund-reads.repository.js';
import type { RefundDigests, RefundRecord, StoredRefund } from '../record/refund-record.js';
import { documentOf } from '../record/refund-text.js';
import { admit, returnsDelivery } from '../refund/admission.rules.js';
import { checkRefund, deadlineAfter, isOpen, RefundCommand, rolesFor } from '../refund/refund.state.js';
import { breakdownOf } from '../refund-amounts/refund-amounts.rules.js';
import type { ApplyRefund } from './apply-refund.js';
import type { OrderSource, PaidOrder } from './order-source.js';
import { askedOf, digestsOf, reusedKey } from './refund-request.js';

export interface RefundAnswer {
  readonly refund: RefundDocument;
  /** The key was used before with the same body: this is the refund of then, in its present state. */
  readonly replayed: boolean;
}

/** An order that is applied for and taken back again and again is somebody's script. */
export const MAX_REFUNDS_PER_ORDER = 60;

type Birth = typeof RefundCommand.APPLY | typeof RefundCommand.START;

export class ApplyRefundHandler {
  constructor(
    private readonly source: OrderSource,
    private readonly units: RefundUnits,
    private readonly reads: Pick<RefundReads, 'ofOrder'>,
    private readonly timers: RefundTimers,
    private readonly numbers: Pick<OrderNumberGenerator, 'next'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Throws ORDER_NOT_FOUND, ORDER_NOT_REFUNDABLE, REFUND_WINDOW_CLOSED, REFUND_ALREADY_OPEN, REFUND_ITEM_UNKNOWN, REFUND_EXCEEDS_PAID,
   * IDEMPOTENCY_KEY_REUSED, FORBIDDEN; Transients when the order app or the node does not answer. Safe to repeat with the same key.
   */
  async handle(
    birth: Birth,
    command: ApplyRefund,
    key: string | undefined,
    context: CallContext,
  ): Promise<RefundAnswer> {
    const { caller, traceParent } = context;
    const digests = digestsOf(command, key, caller);
    const role = roleFor(birth, command, context);
    const order = await this.source.visible(command.orderId, caller, traceParent);
    const kind = await this.admitted(order, role, digests);
    if (typeof kind !== 'string') return kind;
    const paid = await this.source.paid(order, traceParent);
    invariant(paid !== undefined, 'an order that was paid has a payment', { orderId: order.orderId });
    const ask = { birth, command, role, kind, paid, digests, traceParent };
    const stored = await this.units.run(order.orderId, (found) => this.decide(ask, found), paid.payment);
    return { refund: documentOf(stored.record), replayed: stored.isReplay };
  }

  /** A repeat is answered as the first was, also when the order has moved on or the window has closed since. */
  private async admitted(order: OrderDocument, role: Role, digests: RefundDigests): Promise<RefundKind | RefundAnswer> {
    try {
      return admit(order, role, this.clock.nowMs());
    } catch (refused) {
      const stored = await this.reads.ofOrder(order.orderId);
      const known = stored.find((each) => each.digests.idem.equals(digests.idem));
      if (known === undefined) throw refused;
      return { refund: documentOf(replayOf(known, digests)), replayed: true };
    }
  }

  private decide(ask: Asked, found: FoundRefunds): Outcome<{ record: RefundRecord; isReplay: boolean }> {
    const { digests, birth, paid } = ask;
    const known = found.refunds.find((each) => each.digests.idem.equals(digests.idem));
    if (known !== undefined) return { value: { record: replayOf(known, digests), isReplay: true } };
    assertNoneOpen(found.refunds);
    assertFew(found.refunds, paid.order.orderId);
    const draft = this.draft(ask, found);
    const reserved = birth === RefundCommand.START ? found.reserve(draft) : undefined;
    const record = { ...draft, refundNumber: reserved?.refundNumber ?? null };
    const row = checkRefund({ status: null, command: birth, appeals: 0, role: ask.role });
    const step = { before: null, after: record, row, nowMs: record.createdAt, traceParent: ask.traceParent };
    return {
      value: { record, isReplay: false },
      steps: [birthOf({ record, digests }, step, found.address, this.timers)],
      reservation: reserved?.change,
    };
  }

  private draft({ birth, command, role, kind, paid }: Asked, { ledger, refunds }: FoundRefunds): RefundRecord {
    const { order, payment } = paid;
    const nowMs = this.clock.nowMs();
    invariant(ledger !== undefined, 'its payment is known with this very unit', { orderId: order.orderId });
    const row = checkRefund({ status: null, command: birth, appeals: 0, role });
    const asked = askedOf(command, returnsDelivery(order.status, role));
    const { amount, ...breakdown } = breakdownOf(order, spokenFor(ledger, refunds), asked);
    const isAgreed = row.to === RefundStatus.AGREED;
    return {
      ...{ refundId: this.numbers.next(shardOf(order.userId), shardOf(order.merchantId)), orderId: order.orderId },
      ...{ userId: order.userId, merchantId: order.merchantId, bizType: order.bizType, currency: order.currency },
      ...{ kind, scope: command.scope, origin: originOf(role), status: row.to, version: 1, amount, breakdown },
      ...{ paymentId: payment.paymentId, refundNumber: null, reason: command.reason, evidence: command.evidence },
      ...{ note: null, appeals: 0, failure: null, role, createdAt: nowMs, agreedAt: isAgreed ? nowMs : null },
      ...{ deadlineAt: deadlineAfter(row, kind, nowMs), endedAt: null },
    };
  }
}

interface Asked {
  readonly birth: Birth;
  readonly command: ApplyRefund;
  readonly role: Role;
  readonly kind: RefundKind;
  readonly paid: PaidOrder & { readonly order: OrderDocument };
  readonly digests: RefundDigests;
  readonly traceParent: string;
}

/** A service that names no role acts in the first of its roles that the table lets do this; a bound caller has one role. */
function roleFor(birth: Birth, { role }: ApplyRefund, { caller }: CallContext): Role {
  const allowed = rolesFor(null, birth, 0);
  const chosen =
    role !== undefined || !isUnbound(caller)
      ? actingRole(caller, role)
      : actingRole(
          caller,
          caller.roles.find((each) => (allowed as readonly number[]).includes(each)),
        );
  if ((allowed as readonly number[]).includes(chosen)) return chosen as Role;
  throw refuse('FORBIDDEN', `role ${chosen} does not ${birth} for a refund`, {
    requestedRole: chosen,
    roles: [...allowed],
  });
}

const originOf = (role: Role): RefundOrigin => {
  if (role === Role.USER) return RefundOrigin.USER;
  return role === Role.CUSTOMER_SERVICE ? RefundOrigin.CUSTOMER_SERVICE : RefundOrigin.MERCHANT;
};

function replayOf({ record, digests }: StoredRefund, asked: RefundDigests): RefundRecord {
  if (!digests.request.equals(asked.request)) throw reusedKey(record.refundId);
  return record;
}

function assertNoneOpen(refunds: readonly StoredRefund[]): void {
  const open = refunds.find(({ record }) => isOpen(record.status))?.record;
  if (open === undefined) return;
  const { refundId, status, orderId } = open;
  throw refuse('REFUND_ALREADY_OPEN', `refund ${refundId} of this order is ${status}`, {
    ...{ orderId, refundId, currentStatus: status },
  });
}

function assertFew(refunds: readonly StoredRefund[], orderId: string): void {
  if (refunds.length < MAX_REFUNDS_PER_ORDER) return;
  throw refuse('REFUND_LIMIT_REACHED', `an order has at most ${MAX_REFUNDS_PER_ORDER} refunds`, { orderId });
}
