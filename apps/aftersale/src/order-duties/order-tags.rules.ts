/** The tags that an order should carry, from its refunds and its ledger. Pure; the same facts always give the same tags. */
import { type OrderTagName, RefundKind } from '@ordo/contracts';
import type { RefundFacts } from '../reading/refund-reads.repository.js';
import { isOpen } from '../refund/refund.state.js';

const ours = ['IN_SALE_OPEN', 'AFTER_SALE_OPEN', 'PARTIALLY_REFUNDED', 'FULLY_REFUNDED'] as const;

export interface TagPlan {
  readonly add: readonly OrderTagName[];
  readonly remove: readonly OrderTagName[];
}

/** Money counts when the channel has confirmed it. */
export function tagPlanOf({ refunds, paid, confirmed }: RefundFacts): TagPlan {
  const open = refunds.filter(({ status }) => isOpen(status));
  const holds: Readonly<Record<(typeof ours)[number], boolean>> = {
    IN_SALE_OPEN: open.some(({ kind }) => kind === RefundKind.IN_SALE),
    AFTER_SALE_OPEN: open.some(({ kind }) => kind === RefundKind.AFTER_SALE),
    PARTIALLY_REFUNDED: confirmed > 0 && confirmed < paid,
    FULLY_REFUNDED: confirmed > 0 && confirmed === paid,
  };
  return { add: ours.filter((name) => holds[name]), remove: ours.filter((name) => !holds[name]) };
}
