/** The one table that says which column of `refund` holds which field, and in which form. Inserts, changes and reads derive from it. */
import {
  refundKindCode,
  refundKindOf,
  refundOriginCode,
  refundOriginOf,
  refundScopeCode,
  refundScopeOf,
  refundStatusCode,
  refundStatusOf,
} from '@ordo/contracts';
import { dateTimeText, msOfDateTime, quote } from '@ordo/sharding';
import type { RefundRecord, StoredRefund } from './refund-record.js';

type Cell = string | number | null;
export type RefundRow = Readonly<Record<string, Cell>>;

interface Column {
  readonly name: string;
  readonly field: keyof RefundRecord;
  /** Field value → SQL literal. */
  readonly literal: (value: never) => string;
  /** Driver value → field value. */
  readonly read: (cell: never) => unknown;
}

const id = { literal: (value: string) => value, read: (cell: string | number) => String(cell) };
const integer = { literal: (value: number) => String(value), read: (cell: Cell) => Number(cell) };
const text = { literal: (value: string | null) => quote(value), read: (cell: string | null) => cell };
const instant = {
  literal: (value: number | null) => (value === null ? 'NULL' : quote(dateTimeText(value))),
  read: (cell: string | null) => msOfDateTime(cell),
};
const json = {
  literal: (value: unknown) => quote(JSON.stringify(value)),
  read: (cell: string) => JSON.parse(cell) as unknown,
};
const coded = <Word extends string>(codes: Readonly<Record<Word, number>>, wordOf: (code: number) => Word) => ({
  literal: (value: Word) => String(codes[value]),
  read: (cell: Cell) => wordOf(Number(cell)),
});

const column = (
  name: string,
  field: keyof RefundRecord,
  form: { literal: (value: never) => string; read: (cell: never) => unknown },
): Column => ({ name, field, ...form });

const columns: readonly Column[] = [
  column('refund_id', 'refundId', id),
  column('order_id', 'orderId', id),
  column('user_id', 'userId', id),
  column('merchant_id', 'merchantId', id),
  column('biz_type', 'bizType', text),
  column('kind', 'kind', coded(refundKindCode, refundKindOf)),
  column('scope', 'scope', coded(refundScopeCode, refundScopeOf)),
  column('origin', 'origin', coded(refundOriginCode, refundOriginOf)),
  column('status', 'status', coded(refundStatusCode, refundStatusOf)),
  column('version', 'version', integer),
  column('currency', 'currency', text),
  column('amount', 'amount', integer),
  column('payment_id', 'paymentId', text),
  column('refund_number', 'refundNumber', text),
  column('breakdown', 'breakdown', json),
  column('reason', 'reason', text),
  column('evidence', 'evidence', json),
  column('note', 'note', text),
  column('appeals', 'appeals', integer),
  column('failure', 'failure', text),
  column('role', 'role', integer),
  column('deadline_at', 'deadlineAt', instant),
  column('created_at', 'createdAt', instant),
  column('agreed_at', 'agreedAt', instant),
  column('ended_at', 'endedAt', instant),
];

export const REFUND_COLUMNS = columns.map(({ name }) => name).join(', ');

const literalOf = (each: Column, record: RefundRecord): string =>
  (each.literal as (value: unknown) => string)(record[each.field]);

/** `1,2,'x',…` in the order of {@link REFUND_COLUMNS}. */
export const refundLiterals = (record: RefundRecord): string =>
  columns.map((each) => literalOf(each, record)).join(',');

/** `a=1, b=2` for the fields in which `after` differs from `before`. */
export const changedAssignments = (before: RefundRecord, after: RefundRecord): string =>
  columns
    .filter(({ field }) => before[field] !== after[field])
    .map((each) => `${each.name}=${literalOf(each, after)}`)
    .join(', ');

export function refundOfRow(row: RefundRow): RefundRecord {
  const record: Partial<Record<keyof RefundRecord, unknown>> = {};
  for (const each of columns) record[each.field] = (each.read as (cell: unknown) => unknown)(row[each.name]);
  return record as unknown as RefundRecord;
}

/** With the digests as hex, because the pool reads BINARY as text. */
export const STORED_COLUMNS = `${REFUND_COLUMNS}, HEX(idem_digest) AS idem, HEX(request_digest) AS request`;

export const storedOfRow = (row: RefundRow): StoredRefund => ({
  record: refundOfRow(row),
  digests: {
    idem: Buffer.from(String(row['idem']), 'hex'),
    request: Buffer.from(String(row['request']), 'hex'),
  },
});
