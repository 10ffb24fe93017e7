/**
 * Whoever pays a compensation out: a coupon system, a points account, a cash payer. The same kind of port as a payment channel, with the same obligations
 * (see `payment-channel.ts`); `compensationPayerContract` checks them.
 */
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import type { MovementEvent, RawCallback } from '../transfer/signed-http-callback.js';

export interface PayoutInstruction {
  /** Ours, unique for ever, and the payer's idempotency key: once per order and rule. */
  readonly payoutNumber: string;
  /** The user who is owed. */
  readonly receiver: string;
  /** RED_PACKET, VOUCHER, CASH or POINTS. */
  readonly asset: string;
  /** Minor units, or points; > 0. */
  readonly amount: number;
  readonly currency: string;
}

export interface CompensationPayer {
  readonly name: string;
  /** Owes what `PaymentChannel.refund` owes: idempotent by number, unknown when in doubt, final only when it binds, no hidden retry. */
  pay(instruction: PayoutInstruction): Promise<PartnerAnswer>;
  /** Owes what `PaymentChannel.query` owes. */
  query(payoutNumber: string): Promise<PartnerStanding>;
  /** Owes what `PaymentChannel.verifyCallback` owes. */
  verifyCallback(callback: RawCallback): MovementEvent | undefined;
}
