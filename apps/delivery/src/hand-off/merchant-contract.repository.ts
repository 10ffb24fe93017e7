/** What was agreed with a merchant: the newest version that is valid, or the house's terms where nothing was signed. */
import { dateTimeText, type NodePool, quote } from '@ordo/sharding';
import { ContractDelivery, type ContractSnapshot } from '../expected-income/contract-snapshot.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';

/** When a courier is called. */
export const HandOffMoment = { ACCEPTANCE: 'ACCEPTANCE', CALL: 'CALL' } as const;
export type HandOffMoment = (typeof HandOffMoment)[keyof typeof HandOffMoment];

export interface MerchantTerms {
  readonly contract: ContractSnapshot;
  readonly handOff: HandOffMoment;
}

/** 15 % with the platform's couriers: DOMAIN §3, example A. */
export const houseTerms: MerchantTerms = {
  contract: {
    ...{ servicePackage: 'house', commissionRateBp: 1_500, commissionFloorMinor: 0 },
    ...{ delivery: ContractDelivery.PLATFORM, formulaVersion: 1 },
  },
  handOff: HandOffMoment.ACCEPTANCE,
};

type Row = Readonly<Record<string, string | number | null>>;

export class MerchantContractRepository {
  constructor(private readonly control: NodePool) {}

  async termsOf(merchantId: string, atMs: number): Promise<MerchantTerms> {
    const sql =
      `SELECT contract, hand_off FROM ${DELIVERY_CONTROL_SCHEMA}.merchant_contract ` +
      `WHERE merchant_id=${merchantId} AND valid_from<=${quote(dateTimeText(atMs))} ORDER BY version DESC LIMIT 1`;
    const [row] = await this.control.query<Row[]>(sql);
    if (row === undefined) return houseTerms;
    return {
      contract: JSON.parse(String(row['contract'])) as ContractSnapshot,
      handOff: String(row['hand_off']) as HandOffMoment,
    };
  }
}
