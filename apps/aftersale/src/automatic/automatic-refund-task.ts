/** The queue of facts that begin a refund by themselves. The event only writes the timer; the work is done here, for as long as it takes. */
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import type { ForcedCancellation } from '../compensation/forced-cancellation.js';
import type { AutomaticRefunds, LatePayment } from './automatic-refunds.js';

export const AUTOMATIC_REFUNDS = 'automatic-refunds';

/** An order app that is away for a day is waited for; the deadline covers two of its calls and two transactions. */
export const automaticRetries: RetryRules = {
  ...{ maxAttempts: 2_000, backOffMs: 500, maxBackOffMs: 60_000, deadlineMs: 12_000 },
};

/** What the timer carries. */
export type AutomaticCause =
  | { readonly kind: 'order-ended'; readonly orderId: string }
  | ({ readonly kind: 'paid-late' } & LatePayment);

export class AutomaticRefundTask implements TimerTask {
  constructor(
    private readonly refunds: Pick<AutomaticRefunds, 'orderEnded' | 'paidLate'>,
    private readonly forced: Pick<ForcedCancellation, 'orderEnded'>,
  ) {}

  async handle({ payload }: DueTimer): Promise<undefined> {
    const cause = JSON.parse(payload ?? '{}') as AutomaticCause;
    if (cause.kind === 'paid-late') return void (await this.refunds.paidLate(cause));
    // What was paid first: what is owed besides must not be in its way.
    const order = await this.refunds.orderEnded(cause.orderId);
    await this.forced.orderEnded(order);
  }
}
