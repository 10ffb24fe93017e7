/** What a person may do where machines have given up: try a refund or a payout again, and compare a day with the channels. For services of ours alone. */
import { type CompensationDocument, type RefundDocument, refuse } from '@ordo/contracts';
import {
  type CallContext,
  type CallerIdentity,
  type CallQuota,
  isUnbound,
  type Logger,
  type Path,
  shape,
} from '@ordo/platform';
import type { CompensationBook } from '../compensation/compensation-book.js';
import { compensationOf } from '../compensation/compensation-text.js';
import { refundNotFound } from '../decision/decide-refund-handler.js';
import type { RefundReads } from '../reading/refund-reads.repository.js';
import type { ChannelReconciliation, ReconcileDay } from '../reconciliation/reconcile-day.js';
import { documentOf } from '../record/refund-text.js';
import type { RefundBook } from '../refund-ledger/refund-book.js';
import { TransferNews } from '../transfer/transfer.state.js';
import {
  ReconciliationPathDto,
  RetriedCompensationPathDto,
  RetriedRefundPathDto,
  RetryCompensationDto,
  RetryRefundDto,
} from './ledger.dto.js';

export interface Reconciliations {
  /** One per payment channel. */
  readonly channels: readonly ChannelReconciliation[];
}

/** VARCHAR(64) of ASCII in `refund_ledger`. */
const MAX_REASON = 64;

export class LedgerOperations {
  constructor(
    private readonly reads: Pick<RefundReads, 'find'>,
    private readonly book: Pick<RefundBook, 'decide'>,
    private readonly compensations: Pick<CompensationBook, 'find' | 'retry'>,
    private readonly days: Pick<ReconcileDay, 'run'>,
    private readonly quota: CallQuota,
    private readonly logger: Logger,
  ) {}

  /**
   * The refund under its own number again: the channel is asked first, and sent to only if it knows nothing. Throws REFUND_NOT_FOUND, and
   * REFUND_NOT_RETRYABLE (409) for a refund that does not wait for a person.
   */
  async retry(path: Path, body: unknown, { caller }: CallContext): Promise<RefundDocument> {
    this.quota.take(caller);
    assertService(caller);
    const { refundId } = shape(RetriedRefundPathDto, path);
    const { note } = shape(RetryRefundDto, body ?? {});
    const known = await this.reads.find(refundId);
    if (known === undefined) throw refundNotFound(refundId);
    if (known.refundNumber === null) {
      const details = { refundId, currentStatus: known.status };
      throw refuse('REFUND_NOT_RETRYABLE', `refund ${refundId} is ${known.status}: no money was set aside`, details);
    }
    await this.book.decide(known.refundNumber, TransferNews.RETRY, reasonOf(caller));
    this.logger.info('a refund is tried again', {
      refundId,
      refundNumber: known.refundNumber,
      by: caller.subject,
      note,
    });
    return documentOf((await this.reads.find(refundId)) ?? known);
  }

  /**
   * A payout under its own number again: the payer is asked first, and sent to only if it knows nothing. Throws COMPENSATION_NOT_FOUND, and
   * COMPENSATION_NOT_RETRYABLE (409) for one that does not wait for a person.
   */
  async retryCompensation(path: Path, body: unknown, { caller }: CallContext): Promise<CompensationDocument> {
    this.quota.take(caller);
    assertService(caller);
    const { compensationId } = shape(RetriedCompensationPathDto, path);
    const { note } = shape(RetryCompensationDto, body ?? {});
    const known = await this.compensations.find(compensationId);
    if (known === undefined) {
      const details = { compensationId };
      throw refuse('COMPENSATION_NOT_FOUND', `compensation ${compensationId} does not exist`, details);
    }
    const { number } = known;
    const grant = await this.compensations.retry(number, reasonOf(caller));
    this.logger.info('a compensation is tried again', {
      ...{ compensationId, compensationNumber: number, by: caller.subject, note },
    });
    return compensationOf(grant);
  }

  async reconcile(path: Path, { caller }: CallContext): Promise<Reconciliations> {
    this.quota.take(caller);
    assertService(caller);
    return { channels: await this.days.run(shape(ReconciliationPathDto, path).date) };
  }
}

/** Who it was, in the ledger for ever; a subject is a name of a service, never of a person. */
const reasonOf = ({ subject }: CallerIdentity): string =>
  `by ${subject}`.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_REASON);

function assertService(caller: CallerIdentity): void {
  if (!isUnbound(caller)) throw refuse('FORBIDDEN', 'only services operate the ledger');
}
