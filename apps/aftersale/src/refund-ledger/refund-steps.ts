/** The queue that drives refunds: one timer per step, set in the transaction of the step before. */
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import { stepOfKey } from '../transfer/step-timers.js';
import type { TransferDriver } from '../transfer/transfer-driver.js';
import type { RefundTransfer } from './refund-account.js';

export const REFUND_STEPS = 'refund-steps';

/**
 * A step throws only when the database is away, so it is tried again for days; the channel's failures are states of the refund. The deadline
 * covers two requests of 8 s and three transactions.
 */
export const refundStepRetries: RetryRules = {
  ...{ maxAttempts: 1_000, backOffMs: 500, maxBackOffMs: 300_000, deadlineMs: 19_000 },
};

export class RefundSteps implements TimerTask {
  constructor(private readonly driver: TransferDriver<RefundTransfer>) {}

  async handle({ key }: DueTimer): Promise<undefined> {
    const { number, version } = stepOfKey(key);
    await this.driver.step(number, version);
  }
}
