/** What an order is owed because something went wrong, as REST and gRPC show it. Forms as in the order document. */

export const CompensationAsset = {
  RED_PACKET: 'RED_PACKET',
  VOUCHER: 'VOUCHER',
  CASH: 'CASH',
  POINTS: 'POINTS',
} as const;
export type CompensationAsset = (typeof CompensationAsset)[keyof typeof CompensationAsset];

/** Who bears it in the settlement. */
export const LiableParty = { PLATFORM: 'PLATFORM', MERCHANT: 'MERCHANT', CARRIER: 'CARRIER' } as const;
export type LiableParty = (typeof LiableParty)[keyof typeof LiableParty];

export const CompensationStatus = {
  /** Owed, and its part of the budget is taken; nothing was asked of the payer yet. */
  GRANTED: 'GRANTED',
  PAYING: 'PAYING',
  /** By the payer's word. */
  PAID: 'PAID',
  /** The payer refused for good, or a person has to look. */
  FAILED: 'FAILED',
} as const;
export type CompensationStatus = (typeof CompensationStatus)[keyof typeof CompensationStatus];
export const compensationStatuses = Object.values(CompensationStatus);

export interface CompensationDocument {
  readonly compensationId: string;
  /** `<orderId>-c-<rule>`, the payer's idempotency key: an order is granted once by a rule. */
  readonly compensationNumber: string;
  readonly orderId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly asset: CompensationAsset;
  /** Minor units, or points. */
  readonly amount: number;
  readonly currency: string;
  readonly liable: LiableParty;
  readonly status: CompensationStatus;
  /** Rises with every event of it. */
  readonly version: number;
  /** Why the payer refused last, a stable word. */
  readonly failure: string | null;
  readonly grantedAt: string;
}
