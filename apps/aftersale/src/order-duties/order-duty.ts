/**
 * What an order has to be told after a change of one of its refunds: that it ends, and which tags it carries. Driven by a timer that committed
 * with the change, so that an order app that is away is told when it is back, and nothing waits for it. Everything is derived from what is
 * committed now, so repeats and reorderings converge.
 */
import { InvalidReason, OrderStatus, RefundKind, RefundScope, RefundStatus, Role } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import type { OrderPort } from '../application/order-source.js';
import { refundOfKey } from '../change/refund-timers.js';
import type { RefundReads } from '../reading/refund-reads.repository.js';
import type { RefundRecord } from '../record/refund-record.js';
import type { RefundBook } from '../refund-ledger/refund-book.js';
import { tagPlanOf } from './order-tags.rules.js';

/** An outage of the order app of a day is caught up; the deadline covers four calls. */
export const orderDutyRetries: RetryRules = {
  ...{ maxAttempts: 1_000, backOffMs: 500, maxBackOffMs: 60_000, deadlineMs: 12_000 },
};

/** Between two looks another change may commit; its own duty follows, so an endless chase is not needed. */
const MAX_ROUNDS = 5;

const agreed: readonly RefundStatus[] = [
  RefundStatus.AGREED,
  RefundStatus.REFUNDING,
  RefundStatus.FAILED,
  RefundStatus.SUCCEEDED,
];

/** A full in-sale refund that was agreed ends the order; one that began because the order ended need not. */
const endsOrder = ({ kind, scope, status, origin }: RefundRecord): boolean =>
  kind === RefundKind.IN_SALE &&
  scope === RefundScope.FULL &&
  agreed.includes(status) &&
  origin !== 'ORDER_INVALIDATED' &&
  origin !== 'LATE_PAYMENT';

export class OrderDuty implements TimerTask {
  constructor(
    private readonly orders: OrderPort,
    private readonly reads: RefundReads,
    private readonly book: Pick<RefundBook, 'readOrder'>,
  ) {}

  async handle({ key }: DueTimer): Promise<undefined> {
    const refund = await this.reads.find(refundOfKey(key).refundId);
    if (refund === undefined) return;
    if (endsOrder(refund)) await this.end(refund);
    await this.tag(refund.orderId);
  }

  private async end({ orderId }: RefundRecord): Promise<void> {
    const order = await this.orders.read(orderId);
    if (order.status === OrderStatus.INVALID) return;
    const asked = { orderId, reasonCode: InvalidReason.USER_CANCEL, role: Role.SYSTEM, note: 'agreed refund' };
    try {
      await this.orders.invalidate(asked);
    } catch (error) {
      // It was completed in between: what was agreed goes back all the same, and the order keeps its end.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** Writes until what was written is what the facts still say, so that of two writers the later facts win. */
  private async tag(orderId: string): Promise<void> {
    let written = '';
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const [stored, ledger] = await Promise.all([this.reads.ofOrder(orderId), this.book.readOrder(orderId)]);
      const plan = tagPlanOf(
        stored.map(({ record }) => record),
        ledger?.account,
      );
      if (JSON.stringify(plan) === written) return;
      await this.orders.tag({ orderId, ...plan });
      written = JSON.stringify(plan);
    }
  }
}
