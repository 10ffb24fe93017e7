/** A delivery as the contract shows it. */
import type { DeliveryDocument } from '@ordo/contracts';
import { waybillIdOf } from '../waybills/waybill.js';
import type { DeliveryRecord } from './delivery-record.js';

const MINUTE_MS = 60_000;
const instantOf = (ms: number | null | undefined): string | null =>
  typeof ms === 'number' ? new Date(ms).toISOString() : null;

/** `showsIncome`: what a merchant earns is nobody's business but his and ours. */
export function documentOf(record: DeliveryRecord, showsIncome: boolean): DeliveryDocument {
  const { life, income, lateness } = record;
  return {
    deliveryId: record.deliveryId,
    orderId: record.orderId,
    userId: record.userId,
    merchantId: record.merchantId,
    bizType: record.bizType,
    version: record.version,
    state: life.state,
    subState: life.subState,
    since: new Date(life.sinceMs).toISOString(),
    attempt: life.attempt,
    waybillId: waybillIdOf(record.orderId, life.attempt),
    carrier: record.carrier,
    courierId: life.courier?.courierId ?? null,
    currency: record.currency,
    tip: record.tipMinor,
    promisedAt: instantOf(record.promise?.promisedAtMs),
    deliveredAt: instantOf(record.deliveredAtMs),
    lateness: lateness && {
      verdict: lateness.verdict,
      minutesLate: Math.floor(lateness.lateMs / MINUTE_MS),
      exclusion: lateness.exclusion,
    },
    expectedIncome:
      income === null || !showsIncome
        ? null
        : {
            income: income.income,
            commission: income.commission,
            servicePackage: income.contract.servicePackage,
            formulaVersion: income.formulaVersion,
          },
    isUnclaimed: record.unclaimedAtMs !== null,
  };
}
