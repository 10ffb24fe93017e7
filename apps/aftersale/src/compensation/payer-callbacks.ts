/** What a payer tells us: verified over the raw bytes, then written down. A copy changes nothing, because only an open grant takes news. */
import { refuse, refuseViolations } from '@ordo/contracts';
import type { MovementEvent, RawCallback } from '../transfer/signed-http-callback.js';
import { TransferNews } from '../transfer/transfer.state.js';
import type { CompensationBook } from './compensation-book.js';
import type { CompensationGrant } from './compensation-grant.js';
import type { CompensationPayer } from './compensation-payer.js';

const newsOf = {
  succeeded: TransferNews.SUCCEEDED,
  failed: TransferNews.FAILED,
  pending: TransferNews.PENDING,
} as const;

export class PayerCallbacks {
  constructor(
    private readonly payer: CompensationPayer,
    private readonly book: CompensationBook,
  ) {}

  get name(): string {
    return this.payer.name;
  }

  /** Throws SIGNATURE_INVALID, SIGNATURE_EXPIRED, CALLBACK_UNREADABLE, COMPENSATION_NOT_FOUND. */
  async receive(callback: RawCallback): Promise<CompensationGrant | undefined> {
    const event = this.payer.verifyCallback(callback);
    if (event === undefined) return undefined;
    const grant = await this.book.read(event.number);
    if (grant === undefined) throw refuse('COMPENSATION_NOT_FOUND', 'no such compensation', {});
    assertFits(event, grant);
    const { number, outcome, reason, reference, replayKey } = event;
    const tidings = { news: newsOf[outcome], reference, ...(reason === null ? {} : { reason }) };
    return this.book.hear(number, tidings, { partner: this.payer.name, replayKey });
  }
}

function assertFits({ amount, currency }: MovementEvent, grant: CompensationGrant): void {
  if (amount === grant.amount && currency === grant.currency) return;
  const violations = [{ field: 'amount', rule: 'equals', message: `must be ${grant.amount} ${grant.currency}` }];
  throw refuseViolations(violations, 'CALLBACK_UNREADABLE', { grantNumber: grant.number });
}
