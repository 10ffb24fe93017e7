/** One delivery as it lies in its shard. */
import type { ContractSnapshot } from '../expected-income/contract-snapshot.js';
import type { ExpectedIncome } from '../expected-income/income-formulas.rules.js';
import type { FrozenPromise } from '../promise-answers/promise-token.js';
import type { LateExclusion } from '../punctuality-rules/lateness.rules.js';
import type { WaybillLife } from '../waybill-life/waybill-life.js';

export interface AgreedIncome extends ExpectedIncome {
  readonly contract: ContractSnapshot;
}

export interface JudgedLateness {
  readonly verdict: 'PUNCTUAL' | 'LATE' | 'EXCLUDED';
  readonly lateMs: number;
  readonly exclusion: LateExclusion | null;
  readonly judgedAtMs: number;
}

/** Numbers are stored. */
export const ReceiptState = { NONE: 0, OWED: 1, TAKEN: 2, REFUSED: 3 } as const;
export type ReceiptState = (typeof ReceiptState)[keyof typeof ReceiptState];

export interface DeliveryRecord {
  readonly orderId: string;
  readonly deliveryId: string;
  readonly userId: string;
  readonly merchantId: string;
  readonly bizType: string;
  readonly currency: string;
  readonly version: number;
  readonly life: WaybillLife;
  /** Of the current attempt; null where the merchant delivers. */
  readonly carrier: string | null;
  readonly tipMinor: number;
  readonly promise: FrozenPromise | null;
  readonly income: AgreedIncome | null;
  readonly isOrderEnded: boolean;
  readonly unclaimedAtMs: number | null;
  readonly deliveredAtMs: number | null;
  readonly lateness: JudgedLateness | null;
  readonly receipt: ReceiptState;
  readonly createdAtMs: number;
}
