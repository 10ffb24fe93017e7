/**
 * The daily comparison of the ledger with a channel's own list. Reads both and writes nothing; safe to run at any time and as often as one likes,
 * for a day that is over.
 */
import { refuseViolations } from '@ordo/contracts';
import type { ChannelRefund, CreatedRange, PaymentChannel } from '../payment-channel/payment-channel.js';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import type { RefundTransfer } from '../refund-ledger/refund-account.js';
import type { RefundBook } from '../refund-ledger/refund-book.js';
import { TransferState } from '../transfer/transfer.state.js';
import { type Reconciliation, reconcile } from './reconciliation.rules.js';

export interface ChannelReconciliation extends Reconciliation {
  readonly channel: string;
  /** UTC day, `YYYY-MM-DD`. */
  readonly date: string;
}

const DATE = /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/;
const DAY_MS = 86_400_000;
/** Lookups by number at a time: the connections are the ledger's, too. */
const AT_ONCE = 4;

export class ReconcileDay {
  constructor(
    private readonly channels: PaymentChannels,
    private readonly book: Pick<RefundBook, 'read' | 'sentBetween'>,
  ) {}

  /** One report per channel. Throws INVALID_ARGUMENT for a date that is none, CHANNEL_UNAVAILABLE when a channel gives no list. */
  async run(date: string): Promise<readonly ChannelReconciliation[]> {
    const fromMs = DATE.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN;
    if (Number.isNaN(fromMs)) {
      throw refuseViolations([{ field: 'date', rule: 'date', message: 'must be a day as YYYY-MM-DD' }]);
    }
    const range = { fromMs, toMs: fromMs + DAY_MS };
    const sent = await this.book.sentBetween(range.fromMs, range.toMs);
    const reports: ChannelReconciliation[] = [];
    for (const channel of this.channels.all) {
      const own = sent.filter((transfer) => transfer.channel === channel.name);
      reports.push({ channel: channel.name, date, ...(await this.compare(channel, range, own)) });
    }
    return reports;
  }

  private async compare(
    channel: PaymentChannel,
    range: CreatedRange,
    sent: readonly RefundTransfer[],
  ): Promise<Reconciliation> {
    const listed = await listAll(channel, range);
    const numbers = new Set(listed.flatMap(({ refundNumber }) => (refundNumber === null ? [] : [refundNumber])));
    const known = new Map(sent.filter(({ number }) => numbers.has(number)).map((each) => [each.number, each]));
    // The rest was sent on another day by our clock, or never.
    const others = [...numbers].filter((number) => !known.has(number));
    for (const found of await inTurns(others, (number) => this.book.read(number))) {
      if (found !== undefined) known.set(found.number, found);
    }
    return reconcile(listed, known, await this.missing(channel, sent, numbers));
  }

  /** Confirmed here, not in the list: asked for one by one, because the channel's day begins at another moment than ours. */
  private async missing(
    channel: PaymentChannel,
    sent: readonly RefundTransfer[],
    listed: ReadonlySet<string>,
  ): Promise<RefundTransfer[]> {
    const doubtful = sent.filter(({ number, state }) => state === TransferState.CONFIRMED && !listed.has(number));
    const standings = await inTurns(doubtful, async (transfer) => {
      const { kind } = await channel.query({ refundNumber: transfer.number, paymentId: transfer.paymentId });
      return kind === 'not-found' ? [transfer] : [];
    });
    return standings.flat();
  }
}

async function listAll(channel: PaymentChannel, range: CreatedRange): Promise<ChannelRefund[]> {
  const refunds: ChannelRefund[] = [];
  for (let after: string | undefined; ; ) {
    const page = await channel.list(range, after);
    refunds.push(...page.refunds);
    after = page.next;
    if (after === undefined) return refunds;
  }
}

async function inTurns<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(work))));
  }
  return results;
}
