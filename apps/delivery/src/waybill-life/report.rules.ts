/**
 * What a carrier's report changes. Per attempt the result is a maximum over everything that was reported, taken one report at a time,
 * so repeats, skips and overtaking lead to the same state (P8). Reports of an older attempt, and reports after the merchant
 * or the platform ended the carrier's part, are kept for disputes and change nothing.
 */

import { refuse } from '@ordo/contracts';
import { isRankedState, isRenewed, type RankedState, stateRank } from './state-rank.rules.js';
import type { Courier, Report, WaybillLife } from './waybill-life.js';

export const ReportOutcome = {
  /** The state went on: there is something to tell. */
  ADVANCED: 'ADVANCED',
  /** The same state again, with another courier or another reason. */
  RENEWED: 'RENEWED',
  /** The same state, only its time or its courier is known better now: written, not told. */
  CORRECTED: 'CORRECTED',
  REPEATED: 'REPEATED',
  /** The delivery is further than the report. */
  BEHIND: 'BEHIND',
  OLD_ATTEMPT: 'OLD_ATTEMPT',
  /** The merchant delivers, or nobody does: no carrier has a say any more. */
  CLOSED: 'CLOSED',
} as const;
export type ReportOutcome = (typeof ReportOutcome)[keyof typeof ReportOutcome];

export interface Reported {
  readonly outcome: ReportOutcome;
  /** The life after the report; the same object when nothing is to be written. */
  readonly life: WaybillLife;
}

/** @throws Refusal WAYBILL_NOT_FOUND (404) for an attempt that was never made. */
export function applyReport(life: WaybillLife, report: Report): Reported {
  if (report.attempt > life.attempt) {
    const details = { attempt: report.attempt, currentAttempt: life.attempt };
    throw refuse('WAYBILL_NOT_FOUND', `there is no attempt ${report.attempt}`, details);
  }
  if (report.attempt < life.attempt) return { outcome: ReportOutcome.OLD_ATTEMPT, life };
  const { state } = life;
  if (!isRankedState(state)) return { outcome: ReportOutcome.CLOSED, life };
  const courier = laterCourier(life.courier, report);
  const ahead = stateRank[report.state] - stateRank[state];
  if (ahead > 0) return { outcome: ReportOutcome.ADVANCED, life: stateOf(report, courier) };
  if (ahead === 0 && supersedes(report, life, state)) {
    const isTold = isRenewed(state) && (courier?.courierId !== life.courier?.courierId || isOther(report, life));
    return { outcome: isTold ? ReportOutcome.RENEWED : ReportOutcome.CORRECTED, life: stateOf(report, courier) };
  }
  // A courier may become known by a report that came too late to say where the goods are.
  if (courier !== life.courier) return { outcome: ReportOutcome.CORRECTED, life: { ...life, courier } };
  return { outcome: ahead === 0 ? ReportOutcome.REPEATED : ReportOutcome.BEHIND, life };
}

const isOther = (report: Report, life: WaybillLife): boolean => report.subState !== life.subState;

const stateOf = (report: Report, courier: Courier | null): WaybillLife => ({
  attempt: report.attempt,
  state: report.state,
  subState: report.subState,
  sinceMs: report.occurredAtMs,
  courier,
});

/** A total order of the reports of one state, so that the winner does not depend on who came first. */
function supersedes(report: Report, life: WaybillLife, state: RankedState): boolean {
  if (report.occurredAtMs !== life.sinceMs) {
    const isLater = report.occurredAtMs > life.sinceMs;
    return isRenewed(state) ? isLater : !isLater;
  }
  return (report.subState ?? '') > (life.subState ?? '');
}

/** The courier of the report with the highest (rank, time, name) among those that name one. */
function laterCourier(known: Courier | null, { courierId, state, occurredAtMs }: Report): Courier | null {
  if (courierId === null) return known;
  const told: Courier = { courierId, state, atMs: occurredAtMs };
  if (known === null) return told;
  const order =
    stateRank[state] - stateRank[known.state] || occurredAtMs - known.atMs || compare(courierId, known.courierId);
  return order > 0 ? told : known;
}

const compare = (left: string, right: string): number => (left === right ? 0 : left > right ? 1 : -1);
