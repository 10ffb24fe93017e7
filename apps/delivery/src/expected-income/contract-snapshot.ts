/** What a merchant and the platform agreed upon, as it stood when the order was accepted. */

/** Who carries: it decides whose the delivery fee is. */
export const ContractDelivery = { PLATFORM: 'PLATFORM', MERCHANT: 'MERCHANT' } as const;
export type ContractDelivery = (typeof ContractDelivery)[keyof typeof ContractDelivery];

export interface ContractSnapshot {
  /** The name under which it was sold; for people, no formula asks for it. */
  readonly servicePackage: string;
  /** Hundredths of a per cent: 600 is 6 %. */
  readonly commissionRateBp: number;
  /** The least commission of one order, minor units. */
  readonly commissionFloorMinor: number;
  readonly delivery: ContractDelivery;
  /** Which formula of `income-formulas.rules.ts`; a contract keeps the one that it was signed with. */
  readonly formulaVersion: number;
}
