/**
 * What an order has to be told after a change of one of its refunds: that it ends, and which tags it carries. Driven by a timer that committed
 * with the change, so that an order app that is away is told when it is back, and nothing waits for it. Everything is derived from what is
 * committed now, so repeats and reorderings converge.
 */
import { isDeepStrictEqual } from 'node:util';
import { InvalidReason, OrderStatus, RefundStatus, Role } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import type { OrderPort } from '../application/order-source.js';
import { refundOfKey } from '../change/refund-timers.js';
import type { RefundFacts, RefundReads } from '../reading/refund-reads.repository.js';
import type { RefundRecord } from '../record/refund-record.js';
import { endsOrder } from '../refund/order-duty.rules.js';
import { tagPlanOf } from './order-tags.rules.js';

/** An outage of the order app of a day is caught up; the deadline covers four calls. */
export const orderDutyRetries: RetryRules = {
  ...{ maxAttempts: 1_000, backOffMs: 500, maxBackOffMs: 60_000, deadlineMs: 12_000 },
};

const agreed: readonly RefundStatus[] = [
  RefundStatus.AGREED,
  RefundStatus.REFUNDING,
  RefundStatus.FAILED,
  RefundStatus.SUCCEEDED,
];

/** Between two looks another change may commit; its own duty follows, so an endless chase is not needed. */
const MAX_ROUNDS = 5;

export class OrderDuty implements TimerTask {
  constructor(
    private readonly orders: OrderPort,
    private readonly reads: Pick<RefundReads, 'around'>,
  ) {}

  async handle({ key }: DueTimer): Promise<undefined> {
    const { refundId } = refundOfKey(key);
    const facts = await this.reads.around(refundId);
    const refund = facts.refunds.find((each) => each.refundId === refundId);
    if (refund === undefined) return;
    if (endsOrder(refund) && agreed.includes(refund.status)) await this.end(refund);
    await this.tag(refund, facts);
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
  private async tag({ refundId, orderId }: RefundRecord, found: RefundFacts): Promise<void> {
    let plan = tagPlanOf(found);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      await this.orders.tag({ orderId, ...plan });
      const now = tagPlanOf(await this.reads.around(refundId));
      if (isDeepStrictEqual(now, plan)) return;
      plan = now;
    }
  }
}
