/**
 * Refunds that nobody asks for: the order ended with money in it, or a payment came too late or twice. Guarantee: each of these facts begins at
 * most one refund, whatever is repeated, and never more than what is left of what was paid.
 */
import { type OrderDocument, OrderStatus, RefundKind, RefundOrigin, RefundScope, Role } from '@ordo/contracts';
import { type Clock, invariant } from '@ordo/kernel';
import { type OrderNumberGenerator, shardOf } from '@ordo/sharding';
import type { OrderSource, PaidOrder } from '../application/order-source.js';
import { eventDigests } from '../application/refund-request.js';
import { birthOf, changeOf, type PlannedStep } from '../change/refund-change.js';
import type { RefundTimers } from '../change/refund-timers.js';
import type { FoundRefunds, Outcome, RefundUnits } from '../change/refund-units.js';
import { spokenFor } from '../change/spoken-for.js';
import { afterOf } from '../decision/decide-refund-handler.js';
import type { RefundRecord } from '../record/refund-record.js';
import { checkRefund, isOpen, RefundCommand } from '../refund/refund.state.js';
import { paymentLine } from '../refund-amounts/order-lines.js';
import { breakdownOf, type RefundBreakdown, type SpokenFor } from '../refund-amounts/refund-amounts.rules.js';

/** A payment that changed no state of its order, as its event says. */
export interface LatePayment {
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly paymentId: string;
  readonly paidAmount: number;
  readonly paidAtMs: number;
  readonly currency: string;
  readonly isCompleted: boolean;
}

type Parties = Pick<RefundRecord, 'orderId' | 'userId' | 'merchantId' | 'bizType' | 'currency'>;
type Cause = Pick<RefundRecord, 'origin' | 'kind' | 'paymentId' | 'reason'>;

/** Nothing waits for it, and it is nobody's request. */
const WITHOUT_TRACE = null;

export class AutomaticRefunds {
  constructor(
    private readonly source: OrderSource,
    private readonly units: RefundUnits,
    private readonly timers: RefundTimers,
    private readonly numbers: Pick<OrderNumberGenerator, 'next'>,
    private readonly clock: Clock,
  ) {}

  /**
   * All that is left of the payment goes back. Applications that are open end with it: their order is no more. Answers the order as it was
   * read for it.
   */
  async orderEnded(orderId: string): Promise<OrderDocument> {
    const order = await this.source.read(orderId);
    if (order.status !== OrderStatus.INVALID) return order;
    const paid = await this.source.paid(order);
    if (paid !== undefined) await this.units.run(orderId, (found) => this.payBack(paid, found), paid.payment);
    return order;
  }

  /** The whole payment goes back; it has a line of its own, so no refund of the order can be in its way. */
  async paidLate(late: LatePayment): Promise<void> {
    if (late.paidAmount === 0) return;
    const lines = [{ lineKey: paymentLine(late.paymentId), amount: late.paidAmount }];
    const { orderId, currency, paymentId, paidAtMs } = late;
    const payment = this.source.factsOf({ orderId, currency, paymentId, paidAtMs, lines });
    await this.units.run(orderId, (found) => this.payBackLate(late, lines, found), payment);
  }

  private payBack({ order, payment }: PaidOrder, found: FoundRefunds): Outcome<undefined> {
    const { ledger, refunds } = found;
    invariant(ledger !== undefined, 'its payment is known with this very unit', { orderId: order.orderId });
    const superseded = refunds.flatMap(({ record }) => (isOpen(record.status) ? [this.supersede(record, found)] : []));
    const spoken = spokenFor(ledger, refunds);
    const cause = { origin: RefundOrigin.ORDER_INVALIDATED, kind: RefundKind.IN_SALE, paymentId: payment.paymentId };
    const isLeft = [...spoken.left].some(([line, amount]) => amount > 0 && !line.startsWith('payment:'));
    if (!isLeft) return { value: undefined, steps: superseded };
    const breakdown = breakdownOf(order, ownLines(spoken), { scope: RefundScope.FULL, withDelivery: true });
    return this.begin(order, { ...cause, reason: 'the order has ended' }, breakdown, found, superseded);
  }

  private payBackLate(late: LatePayment, lines: RefundBreakdown['lines'], found: FoundRefunds): Outcome<undefined> {
    const kind = late.isCompleted ? RefundKind.AFTER_SALE : RefundKind.IN_SALE;
    const cause = { origin: RefundOrigin.LATE_PAYMENT, kind, paymentId: late.paymentId };
    const breakdown = { amount: late.paidAmount, lines, items: [], delivery: 0, platformAmount: 0, coupons: [] };
    return this.begin(late, { ...cause, reason: 'a payment that was not needed' }, breakdown, found, []);
  }

  private begin(
    parties: Parties,
    cause: Cause,
    { amount, ...breakdown }: RefundBreakdown,
    found: FoundRefunds,
    others: readonly PlannedStep[],
  ): Outcome<undefined> {
    const digests = eventDigests(`${cause.origin}/${cause.paymentId}`);
    if (found.refunds.some((each) => each.digests.idem.equals(digests.idem)))
      return { value: undefined, steps: others };
    const nowMs = this.clock.nowMs();
    const { orderId, userId, merchantId, bizType, currency } = parties;
    const row = checkRefund({ status: null, command: RefundCommand.START, appeals: 0, role: Role.SYSTEM });
    const draft: RefundRecord = {
      ...{ refundId: this.numbers.next(shardOf(userId), shardOf(merchantId)), orderId, userId, merchantId, bizType },
      ...{ ...cause, scope: RefundScope.FULL, status: row.to, version: 1, currency, amount, refundNumber: null },
      ...{ breakdown, evidence: [], note: null, appeals: 0, failure: null, role: Role.SYSTEM, deadlineAt: null },
      ...{ createdAt: nowMs, agreedAt: nowMs, endedAt: null },
    };
    const { refundNumber, change } = found.reserve(draft);
    const record = { ...draft, refundNumber };
    const step = { before: null, after: record, row, nowMs, traceParent: WITHOUT_TRACE };
    const birth = birthOf({ record, digests }, step, found.address, this.timers);
    return { value: undefined, steps: [birth, ...others], reservation: change };
  }

  private supersede(before: RefundRecord, { address }: FoundRefunds): PlannedStep {
    const nowMs = this.clock.nowMs();
    const { refundId, status, appeals } = before;
    const row = checkRefund({ refundId, status, appeals, command: RefundCommand.SUPERSEDE, role: Role.SYSTEM });
    const after = afterOf(before, row, { role: Role.SYSTEM, note: 'the order has ended' }, nowMs);
    return changeOf({ before, after, row, nowMs, traceParent: WITHOUT_TRACE }, address, this.timers);
  }
}

/** Without the lines of payments that came late: they have refunds of their own. */
const ownLines = ({ left, units }: SpokenFor): SpokenFor => ({
  units,
  left: new Map([...left].filter(([line]) => !line.startsWith('payment:'))),
});
