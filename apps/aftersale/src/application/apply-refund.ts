/** The command of an application, and of a refund that asks nobody. */
import type { RefundScope } from '@ordo/contracts';

export interface ApplyRefund {
  readonly orderId: string;
  readonly scope: RefundScope;
  /** For ITEMS. */
  readonly items?: readonly { readonly itemId: string; readonly quantity: number }[];
  /** For AMOUNT, minor units. */
  readonly amount?: number;
  readonly reason: string;
  readonly evidence: readonly string[];
  /** The role to act in. */
  readonly role?: number;
}
