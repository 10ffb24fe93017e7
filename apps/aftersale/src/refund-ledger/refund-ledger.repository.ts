/**
 * Every statement of the refund ledger. All of an order lies in one schema, so a change is one local transaction. The locking read of
 * `refund_account` opens each of them: it closes the race of two refunds that each fit alone, and of a callback against a step.
 */
import { type Effects, type GroupedInsert, msOfDateTime, quote } from '@ordo/sharding';
import {
  type LedgerRow,
  progressAssignments,
  progressColumns,
  progressLiterals,
  progressOfRow,
  timeLiteral,
} from '../transfer/progress-columns.js';
import type {
  LineAmount,
  RefundAccount,
  RefundLedgerState,
  RefundLine,
  RefundPayment,
  RefundTransfer,
} from './refund-account.js';
import type { NewPayment, PaymentFacts, RefundChange } from './refund-ledger.rules.js';

/** Where the refunds of an order lie. */
export interface LedgerAddress {
  readonly node: number;
  readonly schema: string;
}

const TRANSFER_COLUMNS = `refund_number, order_id, cause, payment_id, channel, currency, amount, lines_held, ${progressColumns('channel_reference')}`;

/** The statements that read a whole ledger under its lock; their results, in order, go to {@link ledgerOf}. */
export const lockLedger = (orderId: string, { schema }: LedgerAddress): readonly string[] => [
  `SELECT order_id, currency, paid, held, confirmed, refund_count, version FROM ${schema}.refund_account WHERE order_id=${orderId} FOR UPDATE`,
  ...readParts(orderId, schema),
];

/** As {@link lockLedger}, of one consistent moment, without a lock. */
export const readLedger = (orderId: string, { schema }: LedgerAddress): readonly string[] => [
  `SELECT order_id, currency, paid, held, confirmed, refund_count, version FROM ${schema}.refund_account WHERE order_id=${orderId}`,
  ...readParts(orderId, schema),
];

const readParts = (orderId: string, schema: string): readonly string[] => [
  `SELECT line_key, payment_id, paid, held, confirmed FROM ${schema}.refund_line WHERE order_id=${orderId} ORDER BY line_key`,
  `SELECT payment_id, channel, paid_at FROM ${schema}.refund_payment WHERE order_id=${orderId}`,
  `SELECT ${TRANSFER_COLUMNS} FROM ${schema}.refund_transfer WHERE order_id=${orderId} ORDER BY reserved_at, refund_number`,
];

export const LEDGER_STATEMENTS = 4;

/** The ledger in the results of {@link lockLedger}; undefined for an order without a payment. */
export function ledgerOf(opened: readonly unknown[]): RefundLedgerState | undefined {
  const [accounts = [], lines = [], payments = [], transfers = []] = opened as readonly (readonly LedgerRow[])[];
  const [account] = accounts;
  if (account === undefined) return undefined;
  return {
    account: accountOf(account),
    lines: lines.map(lineOf),
    payments: payments.map(paymentOf),
    transfers: transfers.map(transferOf),
  };
}

/** One transfer, as committed. Served by the primary key. */
export const selectTransfer = (refundNumber: string, orderId: string, { schema }: LedgerAddress): string =>
  `SELECT ${TRANSFER_COLUMNS} FROM ${schema}.refund_transfer WHERE order_id=${orderId} AND refund_number=${quote(refundNumber)}`;

/** The refunds whose first request left in a time, for reconciliation. Served by `by_sent`. */
export const selectSent = (schema: string, fromMs: number, toMs: number): string =>
  `SELECT ${TRANSFER_COLUMNS} FROM ${schema}.refund_transfer WHERE sent_at>=${timeLiteral(fromMs)} AND sent_at<${timeLiteral(toMs)}`;

/**
 * The empty account, made if the order has none, and locked. It holds nothing and allows nothing, so it may stay behind where the unit that
 * made it was refused. Not INSERT IGNORE: that takes a shared lock on a row
 * that is there, and two writers who both want more of it afterwards are a deadlock.
 */
export const insertAccountOnce = (
  { orderId, currency }: PaymentFacts,
  { schema }: LedgerAddress,
  nowMs: number,
): string =>
  `INSERT INTO ${schema}.refund_account (order_id, currency, paid, held, confirmed, refund_count, version, change_mark, changed_at)` +
  ` VALUES (${orderId},${quote(currency)},0,0,0,0,1,0,${timeLiteral(nowMs)})` +
  ' ON DUPLICATE KEY UPDATE version=version';

/** A payment that becomes known with a change: what is on disk still says `before`. */
export interface TakenPayment {
  readonly before: RefundAccount;
  readonly taken: NewPayment;
}

export function paymentEffects(
  { before, taken }: TakenPayment,
  { schema }: LedgerAddress,
  nowMs: number,
  mark: number,
): Effects {
  return {
    updates: [accountUpdate(before, taken.account, schema, nowMs, mark)],
    inserts: paymentInserts(taken, taken.lines, schema),
    proof: markProof(before.orderId, schema, mark),
  };
}

/** What commits with a change: sums by compare-and-set, the refund, its fact, and the payment if it was not known before. */
export function changeEffects(
  change: RefundChange,
  { schema }: LedgerAddress,
  nowMs: number,
  mark: number,
  known?: TakenPayment,
): Effects {
  const { before, account, transfer } = change;
  const earlier = before.transfers.find(({ number }) => number === transfer.number);
  const saved = earlier === undefined ? [] : [transferUpdate(transfer, earlier.version, schema, nowMs)];
  const changed = new Map(change.lines.map((line) => [line.lineKey, line]));
  // Lines that come with the payment are written once, as the change leaves them.
  const fresh = (known?.taken.lines ?? []).map((line) => changed.get(line.lineKey) ?? line);
  for (const { lineKey } of fresh) changed.delete(lineKey);
  return {
    updates: [
      accountUpdate(known?.before ?? before.account, account, schema, nowMs, mark),
      ...[...changed.values()].map((line) => lineUpdate(account.orderId, line, schema)),
      ...saved,
    ],
    inserts: [
      ...(known === undefined ? [] : paymentInserts(known.taken, fresh, schema)),
      ...(earlier === undefined ? [transferInsert(transfer, schema, nowMs)] : []),
      factInsert(change, schema, nowMs),
    ],
    proof: markProof(account.orderId, schema, mark),
  };
}

function paymentInserts(
  { account, payment }: NewPayment,
  lines: readonly RefundLine[],
  schema: string,
): GroupedInsert[] {
  const { orderId } = account;
  const { paymentId, channel, paidAtMs } = payment;
  const intoLines = `INSERT INTO ${schema}.refund_line (order_id, line_key, payment_id, paid, held, confirmed)`;
  return [
    {
      into: `INSERT INTO ${schema}.refund_payment (order_id, payment_id, channel, paid_at)`,
      row: `(${orderId},${quote(paymentId)},${quote(channel)},${timeLiteral(paidAtMs)})`,
    },
    ...lines.map(({ lineKey, paid, held, confirmed }) => ({
      into: intoLines,
      row: `(${orderId},${quote(lineKey)},${quote(paymentId)},${paid},${held},${confirmed})`,
    })),
  ];
}

const accountUpdate = (
  before: RefundAccount,
  after: RefundAccount,
  schema: string,
  nowMs: number,
  mark: number,
): string =>
  `UPDATE ${schema}.refund_account SET paid=${after.paid}, held=${after.held}, confirmed=${after.confirmed}, ` +
  `refund_count=${after.refundCount}, version=${after.version}, change_mark=${mark}, changed_at=${timeLiteral(nowMs)} ` +
  `WHERE order_id=${before.orderId} AND version=${before.version}`;

const lineUpdate = (orderId: string, { lineKey, held, confirmed }: RefundLine, schema: string): string =>
  `UPDATE ${schema}.refund_line SET held=${held}, confirmed=${confirmed} WHERE order_id=${orderId} AND line_key=${quote(lineKey)}`;

const transferUpdate = (after: RefundTransfer, version: number, schema: string, nowMs: number): string =>
  `UPDATE ${schema}.refund_transfer SET ${progressAssignments(after, 'channel_reference')}, changed_at=${timeLiteral(nowMs)} ` +
  `WHERE order_id=${after.orderId} AND refund_number=${quote(after.number)} AND version=${version}`;

const transferInsert = (transfer: RefundTransfer, schema: string, nowMs: number): GroupedInsert => {
  const { number, orderId, cause, paymentId, channel, currency, amount, lines } = transfer;
  const named = [number, orderId, cause, paymentId, channel, currency].map(quote).join(',');
  return {
    into: `INSERT INTO ${schema}.refund_transfer (${TRANSFER_COLUMNS}, changed_at)`,
    row: `(${named},${amount},${quote(JSON.stringify(lines))},${progressLiterals(transfer)},${timeLiteral(nowMs)})`,
  };
};

const factInsert = ({ transfer, fact, reason }: RefundChange, schema: string, nowMs: number): GroupedInsert => ({
  into: `INSERT INTO ${schema}.refund_ledger (order_id, refund_number, seq, fact, amount, reason, channel_reference, happened_at)`,
  row:
    `(${transfer.orderId},${quote(transfer.number)},${transfer.version},${quote(fact)},${transfer.amount},${quote(reason)},` +
    `${quote(transfer.reference)},${timeLiteral(nowMs)})`,
});

const markProof = (orderId: string, schema: string, mark: number): string =>
  `SELECT order_id FROM ${schema}.refund_account WHERE order_id=${orderId} AND change_mark=${mark} LOCK IN SHARE MODE`;

const boundsOf = (row: LedgerRow) => ({
  paid: Number(row['paid']),
  held: Number(row['held']),
  confirmed: Number(row['confirmed']),
});

const accountOf = (row: LedgerRow): RefundAccount => ({
  ...boundsOf(row),
  orderId: String(row['order_id']),
  currency: String(row['currency']),
  refundCount: Number(row['refund_count']),
  version: Number(row['version']),
});

const lineOf = (row: LedgerRow): RefundLine => ({
  ...boundsOf(row),
  lineKey: String(row['line_key']),
  paymentId: String(row['payment_id']),
});

const paymentOf = (row: LedgerRow): RefundPayment => ({
  paymentId: String(row['payment_id']),
  channel: String(row['channel']),
  paidAtMs: msOfDateTime(String(row['paid_at'])),
});

/** A row of `refund_transfer`. */
export const transferOf = (row: LedgerRow): RefundTransfer => ({
  ...progressOfRow(row, 'channel_reference'),
  number: String(row['refund_number']),
  orderId: String(row['order_id']),
  cause: String(row['cause']),
  paymentId: String(row['payment_id']),
  channel: String(row['channel']),
  currency: String(row['currency']),
  amount: Number(row['amount']),
  lines: JSON.parse(String(row['lines_held'])) as LineAmount[],
});
