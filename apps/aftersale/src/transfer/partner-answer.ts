/**
 * What a partner that moves money for us (a payment channel, a payer) can say. Answers are values and not errors: "no" and "I do not
 * know" are the ordinary weather of money, and each has a next step of its own.
 */

/** Why a partner said no. A stable word that is stored, published and shown; a partner's own words never are. */
export const PartnerRefusal = {
  /** More than what is left of the payment, by the partner's book. */
  AMOUNT_EXCEEDS: 'AMOUNT_EXCEEDS',
  PAYMENT_TOO_OLD: 'PAYMENT_TOO_OLD',
  /** The payment has had as many refunds as it may. */
  LIMIT_REACHED: 'LIMIT_REACHED',
  /** The payer's bank holds the money already. */
  PAYMENT_DISPUTED: 'PAYMENT_DISPUTED',
  CURRENCY_MISMATCH: 'CURRENCY_MISMATCH',
  /** The receiver exists no more, or takes nothing. */
  RECEIVER_CLOSED: 'RECEIVER_CLOSED',
  PAYMENT_UNKNOWN: 'PAYMENT_UNKNOWN',
  /** Our balance there is too low; it fills up by itself or by a person. */
  INSUFFICIENT_FUNDS: 'INSUFFICIENT_FUNDS',
  RATE_LIMITED: 'RATE_LIMITED',
  /** The same number is being worked on by another request of ours. */
  BUSY: 'BUSY',
  /** The number stands for another amount or payment there. Money may have moved: never final. */
  NUMBER_REUSED: 'NUMBER_REUSED',
  /** Our credentials do not do. */
  DENIED: 'DENIED',
  /** It does not understand us: a fault of ours. */
  MALFORMED: 'MALFORMED',
  /** A reason that this release does not know. */
  OTHER: 'OTHER',
} as const;
export type PartnerRefusal = (typeof PartnerRefusal)[keyof typeof PartnerRefusal];

/**
 * The refusals that bind the partner: after one of them the number never moves money. Everything else may be mended by time or by a
 * person, and giving the hold back too early would let the same money go twice.
 */
const FINAL: ReadonlySet<PartnerRefusal> = new Set([
  PartnerRefusal.AMOUNT_EXCEEDS,
  PartnerRefusal.PAYMENT_TOO_OLD,
  PartnerRefusal.LIMIT_REACHED,
  PartnerRefusal.PAYMENT_DISPUTED,
  PartnerRefusal.CURRENCY_MISMATCH,
  PartnerRefusal.RECEIVER_CLOSED,
]);

export const isFinalRefusal = (reason: PartnerRefusal): boolean => FINAL.has(reason);

export const isPartnerRefusal = (text: unknown): text is PartnerRefusal =>
  typeof text === 'string' && Object.hasOwn(PartnerRefusal, text);

/** Why nothing is known. */
export const UnknownCause = {
  TIMEOUT: 'TIMEOUT',
  CONNECTION: 'CONNECTION',
  /** It answered 5xx: it may have done the work before it broke. */
  PARTNER_FAULT: 'PARTNER_FAULT',
  /** It answered something that is not in the contract. */
  UNREADABLE: 'UNREADABLE',
} as const;
export type UnknownCause = (typeof UnknownCause)[keyof typeof UnknownCause];

/** The answer to "move this money". */
export type PartnerAnswer =
  /** Taken; whether the money moves will be told, or asked. */
  | { readonly kind: 'accepted'; readonly reference: string | null }
  /** The partner says that it is done. Still no proof: a query follows. */
  | { readonly kind: 'succeeded'; readonly reference: string | null }
  | {
      readonly kind: 'refused';
      readonly reason: PartnerRefusal;
      readonly isFinal: boolean;
      /**
       * The partner has written the refusal down: requests of this number that are still on their way get it, too. Only then may a partner whose
       * keys remember refusals be asked under a new key; any earlier, and both keys could move the money.
       */
      readonly isRecorded?: boolean;
      readonly retryAfterMs?: number;
    }
  | { readonly kind: 'unknown'; readonly cause: UnknownCause };

/** The answer to "what became of this number?". */
export type PartnerStanding =
  | { readonly kind: 'succeeded'; readonly reference: string | null }
  | { readonly kind: 'pending'; readonly reference: string | null }
  /** No money moved so far; the same number may be sent again. */
  | { readonly kind: 'failed'; readonly reason: PartnerRefusal }
  /** Nothing of this number has arrived. It may still be on its way, so this frees no money. */
  | { readonly kind: 'not-found' }
  | { readonly kind: 'unknown'; readonly cause: UnknownCause };

export const refused = (reason: PartnerRefusal, retryAfterMs?: number): PartnerAnswer & { kind: 'refused' } => ({
  ...{ kind: 'refused', reason, isFinal: isFinalRefusal(reason) },
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
});

export const unknown = (cause: UnknownCause): { readonly kind: 'unknown'; readonly cause: UnknownCause } => ({
  kind: 'unknown',
  cause,
});
