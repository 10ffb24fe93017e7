/** What is agreed with a merchant: money, and when a courier is called. */
import { ContractDelivery, type ContractSnapshot } from '../expected-income/contract-snapshot.js';

/** When a courier is called. */
export const HandOffMoment = { ACCEPTANCE: 'ACCEPTANCE', CALL: 'CALL' } as const;
export type HandOffMoment = (typeof HandOffMoment)[keyof typeof HandOffMoment];

export interface MerchantTerms {
  readonly contract: ContractSnapshot;
  readonly handOff: HandOffMoment;
}

/** One version of what was agreed; never edited. */
export interface AgreedTerms extends MerchantTerms {
  readonly merchantId: string;
  /** Rises by one; of the valid ones the highest counts. */
  readonly version: number;
  readonly validFromMs: number;
}

/** 15 % with the platform's couriers: DOMAIN §3, example A. */
export const houseTerms: MerchantTerms = {
  contract: {
    ...{ servicePackage: 'house', commissionRateBp: 1_500, commissionFloorMinor: 0 },
    ...{ delivery: ContractDelivery.PLATFORM, formulaVersion: 1 },
  },
  handOff: HandOffMoment.ACCEPTANCE,
};
