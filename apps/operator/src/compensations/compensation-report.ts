import { refuse } from '@ordo/contracts';
import { adviceOf, section, timerState, transferState } from '../refunds/refund-report.js';
import type { CompensationRows } from './compensation-rows.repository.js';

/** The lines of `compensation show`. Throws Refusal COMPENSATION_NOT_FOUND when the node answered and has none of the number. */
export function compensationReport(number: string, rows: CompensationRows): readonly string[] {
  assertFound(number, rows);
  return [
    `compensations of ${number}, ${rows.place}`,
    ...section('compensations', rows.grants, { state: transferState }),
    ...section('ledger', rows.facts),
    ...section('timers', rows.timers, { state: timerState }),
    ...section('waiting in the outbox', rows.waiting),
    ...adviceOf(rows.grants, 'grant_id', 'compensation retry COMPENSATION_ID'),
  ];
}

/**
 * Whom `compensation retry` is about: the one that has the number for its id, else those of the order that wait for a person, else all of
 * the order, so that the app says what they are doing instead. Throws Refusal COMPENSATION_NOT_FOUND.
 */
export function idsToRetry(number: string, rows: CompensationRows): readonly string[] {
  assertFound(number, rows);
  const grants = 'rows' in rows.grants ? rows.grants.rows : [];
  const stalled = grants.filter((row) => transferState(Number(row['state'])) === 'STALLED');
  return (stalled.length > 0 ? stalled : grants).map((row) => String(row['grant_id']));
}

function assertFound(number: string, { grants }: CompensationRows): void {
  if ('problem' in grants || grants.rows.length > 0) return;
  const message = `${number} is no compensation, and no order with one`;
  throw refuse('COMPENSATION_NOT_FOUND', message, { compensationId: number });
}
