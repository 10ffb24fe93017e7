/** What a trade owes when it went wrong, as data: the words of a rule, and what is known of the trade. */

import type { CompensationAsset, LiableParty } from '@ordo/contracts';

export interface CompensationTier {
  /** The first value of the basis that earns it; inclusive. */
  readonly from: number;
  /** Minor units, or points. */
  readonly amount: number;
}

export interface CompensationRule {
  readonly rule: string;
  readonly version: number;
  readonly bizTypes: readonly string[];
  /** Absent: everywhere that has no rule of its own. */
  readonly city?: string;
  /** ISO instant. */
  readonly validFrom: string;
  readonly asset: CompensationAsset;
  readonly liable: LiableParty;
  readonly currency: string;
  /** The fact that the tiers count by; absent: the one tier is owed. */
  readonly basis?: string;
  /** Rising. */
  readonly tiers: readonly CompensationTier[];
  readonly budget: { readonly perDay: number };
}

/** What the asker knows of the trade. Numbers by name; no personal data, because they are kept with the grant. */
export interface CompensationFacts {
  readonly city?: string;
  /** The version that the order was placed under; absent: the one that is valid at `occurredAtMs`. */
  readonly ruleVersion?: number;
  readonly occurredAtMs: number;
  readonly measures: Readonly<Record<string, number>>;
}

/** The order that is owed. */
export interface CompensatedOrder {
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly currency: string;
}
