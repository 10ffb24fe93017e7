/** What a channel tells us: verified over the raw bytes, then written down once. The transport only carries it. */
import { refuse } from '@ordo/contracts';
import type { Logger } from '@ordo/platform';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import type { RawCallback } from '../transfer/signed-http-callback.js';
import type { RefundTransfer } from './refund-account.js';
import type { RefundBook } from './refund-book.js';

export class ChannelCallbacks {
  constructor(
    private readonly channels: PaymentChannels,
    private readonly book: RefundBook,
    private readonly logger: Logger,
  ) {}

  /**
   * The refund as it stands afterwards; undefined for a well signed event about something else. A Refusal tells the channel that the same
   * delivery will never be taken (4xx); a Transient, that it should deliver again (5xx).
   */
  async receive(channelName: string, callback: RawCallback): Promise<RefundTransfer | undefined> {
    const channel = this.channels.find(channelName);
    if (channel === undefined) throw refuse('ROUTE_NOT_FOUND', 'no such channel');
    const event = channel.verifyCallback(callback);
    if (event === undefined) return undefined;
    const transfer = await this.book.hear(event, channel.name);
    const { number, state } = transfer;
    this.logger.info('a channel told about a refund', {
      channel: channel.name,
      refundNumber: number,
      outcome: event.outcome,
      state,
    });
    return transfer;
  }
}
