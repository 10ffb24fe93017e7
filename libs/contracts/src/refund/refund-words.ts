/** The words of a refund (DOMAIN §2) and their numbers in the database. Numbers are stored: they never change. */
import { invariant } from '@ordo/kernel';

export const RefundStatus = {
  APPLIED: 'APPLIED',
  WITHDRAWN: 'WITHDRAWN',
  REJECTED: 'REJECTED',
  ARBITRATING: 'ARBITRATING',
  REJECTED_FINAL: 'REJECTED_FINAL',
  AGREED: 'AGREED',
  REFUNDING: 'REFUNDING',
  SUCCEEDED: 'SUCCEEDED',
  FAILED: 'FAILED',
} as const;
export type RefundStatus = (typeof RefundStatus)[keyof typeof RefundStatus];

export const refundStatusCode = {
  APPLIED: 10,
  REJECTED: 20,
  ARBITRATING: 30,
  AGREED: 40,
  REFUNDING: 50,
  FAILED: 60,
  SUCCEEDED: 70,
  WITHDRAWN: 90,
  REJECTED_FINAL: 91,
} as const satisfies Readonly<Record<RefundStatus, number>>;

/** IN_SALE: asked for before the order was completed; a full one ends the order. AFTER_SALE: later; the order only carries a tag. */
export const RefundKind = { IN_SALE: 'IN_SALE', AFTER_SALE: 'AFTER_SALE' } as const;
export type RefundKind = (typeof RefundKind)[keyof typeof RefundKind];
export const refundKindCode = { IN_SALE: 1, AFTER_SALE: 2 } as const satisfies Readonly<Record<RefundKind, number>>;

/** FULL: all that is left. ITEMS: units of lines, by their frozen shares. AMOUNT: a sum, spread over what is left of the goods. */
export const RefundScope = { FULL: 'FULL', ITEMS: 'ITEMS', AMOUNT: 'AMOUNT' } as const;
export type RefundScope = (typeof RefundScope)[keyof typeof RefundScope];
export const refundScopeCode = {
  FULL: 1,
  ITEMS: 2,
  AMOUNT: 3,
} as const satisfies Readonly<Record<RefundScope, number>>;

/** Who or what began it. The last two began by themselves: the order ended with money in it, or a payment came too late or twice. */
export const RefundOrigin = {
  USER: 'USER',
  MERCHANT: 'MERCHANT',
  CUSTOMER_SERVICE: 'CUSTOMER_SERVICE',
  ORDER_INVALIDATED: 'ORDER_INVALIDATED',
  LATE_PAYMENT: 'LATE_PAYMENT',
} as const;
export type RefundOrigin = (typeof RefundOrigin)[keyof typeof RefundOrigin];
export const refundOriginCode = {
  USER: 1,
  MERCHANT: 2,
  CUSTOMER_SERVICE: 3,
  ORDER_INVALIDATED: 4,
  LATE_PAYMENT: 5,
} as const satisfies Readonly<Record<RefundOrigin, number>>;

export const refundStatuses: readonly RefundStatus[] = Object.values(RefundStatus);
export const isRefundStatus = (text: unknown): text is RefundStatus =>
  typeof text === 'string' && Object.hasOwn(RefundStatus, text);

/** The word of a stored number; an unknown number is a row that no release of ours wrote. */
function reading<Word extends string>(what: string, codes: Readonly<Record<Word, number>>): (code: number) => Word {
  const byCode = new Map(Object.entries<number>(codes).map(([word, code]) => [code, word as Word]));
  return (code) => {
    const word = byCode.get(code);
    invariant(word !== undefined, `no ${what} has the number ${code}`, { code });
    return word;
  };
}

export const refundStatusOf = reading<RefundStatus>('refund status', refundStatusCode);
export const refundKindOf = reading<RefundKind>('refund kind', refundKindCode);
export const refundScopeOf = reading<RefundScope>('refund scope', refundScopeCode);
export const refundOriginOf = reading<RefundOrigin>('refund origin', refundOriginCode);
