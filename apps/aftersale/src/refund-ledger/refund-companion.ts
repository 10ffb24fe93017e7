/**
 * What else commits with a change of a refund: the application that it pays, its event. The ledger knows neither; whoever owns them hands this in.
 */
import type { Effects } from '@ordo/sharding';
import type { RefundChange } from './refund-ledger.rules.js';

export interface RefundCompanion {
  /** Locking reads of its own for an order, taken after the ledger's: everything about an order locks `refund_account` first. */
  open(orderId: string): readonly string[];
  /**
   * What has to change with `change`. `opened` are the results of {@link open}, in order. Pure and repeatable, like the decision of any
   * unit. Updates must each change exactly one row.
   */
  follow(change: RefundChange, opened: readonly unknown[], nowMs: number): CompanionEffects;
}

export interface CompanionEffects extends Pick<Effects, 'updates' | 'inserts'> {
  /** After the commit; never throws. */
  readonly announce?: () => Promise<void>;
}

export const noCompanion: RefundCompanion = { open: () => [], follow: () => ({ updates: [], inserts: [] }) };
