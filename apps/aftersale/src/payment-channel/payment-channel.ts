/**
 * A payment channel, as the refund ledger sees it. Whoever implements it decides how the channel is spoken to; the ledger decides what and
 * when. Each method states what it owes and which race that closes; `paymentChannelContract` checks what can be checked from outside.
 *
 * For every method: one call is one attempt. No retry is hidden behind it (a client library that repeats by itself is told not to), it ends
 * within the time limit that the adapter was given, and neither an answer nor an error carries a secret or the channel's own text.
 */
import type { PartnerAnswer, PartnerStanding } from '../transfer/partner-answer.js';
import type { MovementEvent, RawCallback } from '../transfer/signed-http-callback.js';

/** Channels refuse more than 50 partial refunds of one payment, and refunds of payments older than a year (DOMAIN §2). */
export const MAX_REFUNDS_PER_PAYMENT = 50;
export const MAX_PAYMENT_AGE_MS = 365 * 86_400_000;

export interface RefundInstruction {
  /** Ours, unique for ever, and the channel's idempotency key. */
  readonly refundNumber: string;
  /** The channel's name of the payment. */
  readonly paymentId: string;
  /** Minor units, > 0. */
  readonly amount: number;
  /** ISO 4217, upper case. */
  readonly currency: string;
  /** How many refusals of this number the channel has written down (`isRecorded`); for channels whose keys remember refusals. */
  readonly recordedRefusals: number;
  /** Answers without an end (`looks`) since the reservation, the last refusal or a person's word: how long the channel has been asked in vain. */
  readonly unanswered: number;
}

/** What a query needs: the channel finds a refund by our number, some only among those of its payment. */
export type RefundLookup = Pick<RefundInstruction, 'refundNumber' | 'paymentId'>;

/**
 * What a verified callback says. `replayKey` is unique per delivery: whoever applies the event keeps it in the same transaction, so that a replay
 * changes nothing (MESSAGE_REPLAYED).
 */
export interface ChannelEvent extends Omit<MovementEvent, 'number'> {
  readonly refundNumber: string;
}

export interface ChannelRefund {
  /** Null for a refund that was not made by us: by hand in the channel's console. */
  readonly refundNumber: string | null;
  readonly reference: string;
  readonly paymentId: string;
  readonly amount: number;
  readonly currency: string;
  readonly outcome: 'succeeded' | 'failed' | 'pending';
  /** Epoch ms, by the channel's clock. */
  readonly createdAtMs: number;
}

export interface ChannelPage {
  readonly refunds: readonly ChannelRefund[];
  /** Where the next page begins; absent on the last. */
  readonly next?: string;
}

export interface CreatedRange {
  /** Inclusive, epoch ms. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
}

export interface PaymentChannel {
  /** Stored with every refund: a refund is asked about where it was sent. */
  readonly name: string;

  /**
   * Asks for a refund. Never throws for what the channel does.
   *
   * Owes: idempotent by refund number, for as long as the ledger may repeat it (a year), also for two calls at once. That closes the race
   * of a worker that was frozen with the request in hand and its successor: money moves once. Where the channel's own key is forgotten
   * sooner, the adapter looks for the number first.
   * Owes: `unknown` whenever it is not certain that nothing happened: no answer, half an answer, a 5xx. That closes the race of an answer
   * that is lost behind work that was done; the ledger then queries.
   * Owes: `refused` with `isFinal` only where this number can never move money again, whatever is still on its way. The ledger gives the
   * hold back then, and the same money may leave under another number.
   * The same number with another amount or payment is refused as NUMBER_REUSED and moves nothing; that is not final.
   */
  refund(instruction: RefundInstruction): Promise<PartnerAnswer>;

  /**
   * What became of a number. Never throws for what the channel does.
   *
   * Owes: `succeeded` only when the channel's book says that the money moved. Owes: a refund that was acknowledged before the call is
   * found; a channel whose search lags behind its book must be asked in another way. `not-found` says nothing of what is on its way.
   * `failed` says that no money moved so far, and that the same number may be sent again.
   */
  query(lookup: RefundLookup): Promise<PartnerStanding>;

  /**
   * Who sent this, and what it says; undefined for a well signed event that is about something else. Pure: looks nothing up.
   *
   * Owes: the signature is checked over the raw bytes before anything is read. Owes: a delivery that is older or newer than five minutes
   * is refused, so that `replayKey` need not be kept for ever.
   * @throws Refusal SIGNATURE_INVALID, SIGNATURE_EXPIRED, CALLBACK_UNREADABLE.
   */
  verifyCallback(callback: RawCallback): ChannelEvent | undefined;

  /**
   * The channel's book of a time, for reconciliation: every refund that was created in `range`, once over all pages, in any order.
   * @throws Transient CHANNEL_UNAVAILABLE.
   */
  list(range: CreatedRange, after?: string): Promise<ChannelPage>;
}
