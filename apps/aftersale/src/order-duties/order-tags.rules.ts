/** The tags that an order should carry, from its refunds and its ledger. Pure; the same facts always give the same tags. */
import { type OrderTagName, RefundKind } from '@ordo/contracts';
import type { RefundRecord } from '../record/refund-record.js';
import { isOpen } from '../refund/refund.state.js';
import type { RefundBounds } from '../refund-ledger/refund-account.js';

const ours = ['IN_SALE_OPEN', 'AFTER_SALE_OPEN', 'PARTIALLY_REFUNDED', 'FULLY_REFUNDED'] as const;

export interface TagPlan {
  readonly add: readonly OrderTagName[];
  readonly remove: readonly OrderTagName[];
}

/** `account`: of the ledger; undefined for an order that had no payment made known. Money counts when the channel has confirmed it. */
export function tagPlanOf(refunds: readonly RefundRecord[], account: RefundBounds | undefined): TagPlan {
  const open = refunds.filter(({ status }) => isOpen(status));
  const confirmed = account?.confirmed ?? 0;
  const holds: Readonly<Record<(typeof ours)[number], boolean>> = {
    IN_SALE_OPEN: open.some(({ kind }) => kind === RefundKind.IN_SALE),
    AFTER_SALE_OPEN: open.some(({ kind }) => kind === RefundKind.AFTER_SALE),
    PARTIALLY_REFUNDED: confirmed > 0 && confirmed < (account?.paid ?? 0),
    FULLY_REFUNDED: confirmed > 0 && confirmed === account?.paid,
  };
  return { add: ours.filter((name) => holds[name]), remove: ours.filter((name) => !holds[name]) };
}
