/** The channel of a refund, as the driver sees it. A refund goes to the channel that took its payment, and is asked about there. */
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import type { TransferPartner } from '../transfer/transfer-driver.js';
import type { RefundTransfer } from './refund-account.js';

export class RefundPartner implements TransferPartner<RefundTransfer> {
  constructor(private readonly channels: PaymentChannels) {}

  send({ number, paymentId, amount, currency, refusals, looks, channel }: RefundTransfer): Promise<PartnerAnswer> {
    const asked = { refundNumber: number, paymentId, amount, currency, recordedRefusals: refusals, unanswered: looks };
    return this.channels.named(channel).refund(asked);
  }

  query({ number, paymentId, channel }: RefundTransfer): Promise<PartnerStanding> {
    return this.channels.named(channel).query({ refundNumber: number, paymentId });
  }
}
