/** The columns that the tables of both ledgers share: where a transfer stands. Only the partner's reference is called by who gave it. */
import { dateTimeText, msOfDateTime, quote } from '@ordo/sharding';
import { transferStateCode, transferStateOf } from './transfer-codes.js';
import type { TransferProgress } from './transfer-progress.js';

export type LedgerRow = Readonly<Record<string, string | number | null>>;
export type ReferenceColumn = 'channel_reference' | 'payer_reference';

export const timeLiteral = (ms: number | null): string => quote(ms === null ? null : dateTimeText(ms));

/** `state=2, version=3, …`: all that a piece of news can change. */
export const progressAssignments = (after: TransferProgress, reference: ReferenceColumn): string =>
  `state=${transferStateCode[after.state]}, version=${after.version}, sends=${after.sends}, looks=${after.looks}, ` +
  `failures=${after.failures}, refusals=${after.refusals}, failure=${quote(after.failure)}, ${reference}=${quote(after.reference)}, ` +
  `next_at=${timeLiteral(after.nextAtMs)}, sent_at=${timeLiteral(after.sentAtMs)}`;

/** The columns of {@link progressLiterals}, in their order. */
export const progressColumns = (reference: ReferenceColumn): string =>
  `state, version, sends, looks, failures, refusals, failure, ${reference}, next_at, reserved_at, sent_at`;

export const progressLiterals = (progress: TransferProgress): string => {
  const { state, version, sends, looks, failures, refusals, failure, reference } = progress;
  const times = [progress.nextAtMs, progress.reservedAtMs, progress.sentAtMs].map(timeLiteral);
  const counts = [transferStateCode[state], version, sends, looks, failures, refusals];
  return [...counts, quote(failure), quote(reference), ...times].join(',');
};

export const progressOfRow = (row: LedgerRow, reference: ReferenceColumn): TransferProgress => ({
  state: transferStateOf(Number(row['state'])),
  version: Number(row['version']),
  sends: Number(row['sends']),
  looks: Number(row['looks']),
  failures: Number(row['failures']),
  refusals: Number(row['refusals']),
  failure: textOf(row['failure']),
  reference: textOf(row[reference]),
  nextAtMs: msOfDateTime(textOf(row['next_at'])),
  reservedAtMs: msOfDateTime(String(row['reserved_at'])),
  sentAtMs: msOfDateTime(textOf(row['sent_at'])),
});

const textOf = (value: string | number | null | undefined): string | null => (typeof value === 'string' ? value : null);
