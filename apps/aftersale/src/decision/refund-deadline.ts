/** What time decides: silence agrees, an appeal that nobody makes lapses. */
import { Role } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { Logger } from '@ordo/platform';
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import { refundOfKey } from '../change/refund-timers.js';
import type { DecideRefundHandler } from './decide-refund-handler.js';

/** The database alone is asked; when its node is away for long, silence waits with it. */
export const deadlineRetries: RetryRules = { maxAttempts: 1_000, backOffMs: 500, maxBackOffMs: 60_000 };

export class RefundDeadline implements TimerTask {
  constructor(
    private readonly decisions: Pick<DecideRefundHandler, 'lapse'>,
    private readonly logger: Logger,
  ) {}

  async handle({ key }: DueTimer): Promise<undefined> {
    const { refundId, version } = refundOfKey(key);
    try {
      await this.decisions.lapse(refundId, version, Role.SYSTEM);
    } catch (error) {
      // What the ledger refuses now it refuses for ever: the refund stays as it is, for a person.
      if (!(error instanceof Refusal)) throw error;
      this.logger.warn('a deadline of a refund had no effect', { refundId, code: error.code, details: error.details });
    }
  }
}
