/** The queue that pays grants out: one timer per step, set in the transaction of the step before. */
import type { DueTimer, RetryRules, TimerTask } from '@ordo/timers';
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import { stepOfKey } from '../transfer/step-timers.js';
import type { TransferDriver, TransferPartner } from '../transfer/transfer-driver.js';
import type { CompensationGrant } from './compensation-grant.js';
import type { CompensationPayer } from './compensation-payer.js';

export const COMPENSATION_STEPS = 'compensation-steps';

/** As those of refunds: a step throws only when the database is away, and the payer's failures are states of the grant. */
export const compensationStepRetries: RetryRules = {
  ...{ maxAttempts: 1_000, backOffMs: 500, maxBackOffMs: 300_000, deadlineMs: 19_000 },
};

export class CompensationSteps implements TimerTask {
  constructor(private readonly driver: TransferDriver<CompensationGrant>) {}

  async handle({ key }: DueTimer): Promise<undefined> {
    const { number, version } = stepOfKey(key);
    await this.driver.step(number, version);
  }
}

/** The payer of a grant, as the driver sees it. */
export class CompensationPartner implements TransferPartner<CompensationGrant> {
  constructor(private readonly payer: CompensationPayer) {}

  send({ number, userId, asset, amount, currency }: CompensationGrant): Promise<PartnerAnswer> {
    return this.payer.pay({ payoutNumber: number, receiver: userId, asset, amount, currency });
  }

  query({ number }: CompensationGrant): Promise<PartnerStanding> {
    return this.payer.query(number);
  }
}
