/** The verdict on a delivery's punctuality, given once: at delivery, or by a timer at the last tier. */
import { DeliveryState, type DeliverySubState } from '@ordo/contracts';
import type { DeliveryEvent } from '../change/delivery-change.js';
import type { DeliveryRecord, JudgedLateness } from '../delivery-record/delivery-record.js';
import { tiersOfVersion } from '../punctuality-rules/late-tiers.js';
import { judgedAtLatest, judgeLateness, LATE_RULE } from '../punctuality-rules/lateness.rules.js';

export interface LatenessVerdict {
  readonly lateness: JudgedLateness;
  /** Nothing where nothing is owed. */
  readonly events: readonly DeliveryEvent[];
}

const MINUTE_MS = 60_000;

/** Undefined where there is nothing to judge: no promise, no tiers, or a verdict already. `role` null: nobody acted, time passed. */
export function verdictOn(
  record: DeliveryRecord,
  subStates: readonly DeliverySubState[],
  nowMs: number,
): LatenessVerdict | undefined {
  const { promise, lateness, deliveredAtMs, isOrderEnded, life } = record;
  if (promise === null || promise.tierVersion === null || lateness !== null) return undefined;
  const table = tiersOfVersion(promise.bizType, promise.tierCity ?? promise.city, promise.tierVersion);
  const { promisedAtMs } = promise;
  const isCancelled = isOrderEnded || life.state === DeliveryState.NO_MORE_DELIVERY;
  const judged = judgeLateness(table, { promisedAtMs, deliveredAtMs, nowMs, subStates, isCancelled });
  const exclusion = judged.verdict === 'EXCLUDED' ? judged.exclusion : null;
  const verdict: JudgedLateness = { verdict: judged.verdict, lateMs: judged.lateMs, exclusion, judgedAtMs: nowMs };
  if (judged.verdict !== 'LATE') return { lateness: verdict, events: [] };
  const more = {
    ...{ rule: LATE_RULE, ruleVersion: promise.tierVersion, city: promise.city, currency: record.currency },
    minutesLate: Math.floor(judged.lateMs / MINUTE_MS),
    promisedAt: new Date(promisedAtMs).toISOString(),
    deliveredAt: deliveredAtMs === null ? null : new Date(deliveredAtMs).toISOString(),
  };
  return { lateness: verdict, events: [{ type: 'delivery.late', occurredAtMs: nowMs, role: null, more }] };
}

/** When an undelivered order is judged at the latest; null where lateness is worth nothing. */
export function judgementAt({ promise }: Pick<DeliveryRecord, 'promise'>): number | null {
  if (promise === null || promise.tierVersion === null) return null;
  const table = tiersOfVersion(promise.bizType, promise.tierCity ?? promise.city, promise.tierVersion);
  return judgedAtLatest(table, promise.promisedAtMs);
}
