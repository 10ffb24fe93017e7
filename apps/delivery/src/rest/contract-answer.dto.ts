/** Contracts of merchants as OpenAPI describes them. */
import { Amount, Answer, Id, Instant, Whole, Words } from '@ordo/platform';
import { ContractDelivery } from '../expected-income/contract-snapshot.js';
import type { MerchantContractDocument, MerchantContractPage } from '../merchant-contracts/contract-desk.js';
import { HandOffMoment } from '../merchant-contracts/merchant-terms.js';

export class ContractAnswer implements MerchantContractDocument {
  @Id('20001') readonly merchantId!: string;
  @Whole(1) readonly version!: number;
  @Instant() readonly validFrom!: string;
  @Words('gold') readonly servicePackage!: string;
  @Whole(600) readonly commissionRateBp!: number;
  @Amount(250) readonly commissionFloor!: number;
  @Answer({ enum: Object.values(ContractDelivery), example: 'PLATFORM' }) readonly delivery!: string;
  @Answer({ enum: Object.values(HandOffMoment), example: 'ACCEPTANCE' }) readonly handOff!: string;
  @Whole(1) readonly formulaVersion!: number;
}

export class ContractPageAnswer implements MerchantContractPage {
  @Answer({ type: [ContractAnswer], description: 'Newest first; empty where the house’s terms hold' })
  readonly contracts!: readonly ContractAnswer[];
  @Answer({ type: String, nullable: true, example: null, description: 'Continues the list; null on its last page' })
  readonly nextCursor!: string | null;
}
