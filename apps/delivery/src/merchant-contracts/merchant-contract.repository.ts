/** What was agreed with merchants, one row per version. A row is written once and never changed: deliveries name the terms that they were made under. */
import {
  dateTimeText,
  isDuplicateKey,
  msOfDateTime,
  type NodePool,
  quote,
  quoteList,
  toOrdoError,
} from '@ordo/sharding';
import type { ContractSnapshot } from '../expected-income/contract-snapshot.js';
import { DELIVERY_CONTROL_SCHEMA } from '../schemas/delivery-schemas.js';
import { type AgreedTerms, type HandOffMoment, houseTerms, type MerchantTerms } from './merchant-terms.js';

type Row = Readonly<Record<string, string | number | null>>;

const TABLE = `${DELIVERY_CONTROL_SCHEMA}.merchant_contract`;

export class MerchantContractRepository {
  constructor(private readonly control: NodePool) {}

  /** The newest version that is valid at `atMs`, or the house's terms where nothing was signed. */
  async termsOf(merchantId: string, atMs: number): Promise<MerchantTerms> {
    const sql =
      `SELECT * FROM ${TABLE} WHERE merchant_id=${merchantId} AND valid_from<=${quote(dateTimeText(atMs))} ` +
      'ORDER BY version DESC LIMIT 1';
    const [row] = await this.control.query<Row[]>(sql);
    return row === undefined ? houseTerms : termsOfRow(row);
  }

  /** Newest first, before the version `before`. */
  async list(merchantId: string, before: string | undefined, limit: number): Promise<readonly AgreedTerms[]> {
    const older = before === undefined ? '' : `AND version<${before} `;
    const sql = `SELECT * FROM ${TABLE} WHERE merchant_id=${merchantId} ${older}ORDER BY version DESC LIMIT ${limit}`;
    return (await this.control.query<Row[]>(sql)).map(termsOfRow);
  }

  async read(merchantId: string, version: number): Promise<AgreedTerms | undefined> {
    const sql = `SELECT * FROM ${TABLE} WHERE merchant_id=${merchantId} AND version=${version}`;
    const [row] = await this.control.query<Row[]>(sql);
    return row && termsOfRow(row);
  }

  /** False: the version is taken; of two writers one wins. */
  async insert({ merchantId, version, validFromMs, contract, handOff }: AgreedTerms): Promise<boolean> {
    const row = quoteList([merchantId, version, dateTimeText(validFromMs), JSON.stringify(contract), handOff]);
    const sql = `INSERT INTO ${TABLE} (merchant_id, version, valid_from, contract, hand_off) VALUES ${row}`;
    try {
      await this.control.query(sql);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw toOrdoError(error, this.control.name);
    }
  }
}

const termsOfRow = (row: Row): AgreedTerms => ({
  merchantId: String(row['merchant_id']),
  version: Number(row['version']),
  validFromMs: msOfDateTime(String(row['valid_from'])),
  contract: JSON.parse(String(row['contract'])) as ContractSnapshot,
  handOff: String(row['hand_off']) as HandOffMoment,
});
