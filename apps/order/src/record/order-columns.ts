/**
 * The one table that says which column of `order_base` and `order_ext` holds which field, and in which form. Inserts, diffs,
 * projections and row mapping all derive from it, so a new column is one line here and one migration.
 */
import { OrderStatus, orderStatusCode, orderStatusOf } from '@ordo/contracts';
import { dateTimeText, msOfDateTime, quote } from '@ordo/sharding';
import { businessTypeByCode, businessTypeByName } from '../lifecycle/order.state.js';
import type { OrderBase, OrderExt } from './order-record.js';

type Cell = string | number | null;

interface Column<Fields> {
  readonly name: string;
  readonly field: keyof Fields;
  /** Field value → SQL literal. */
  readonly literal: (value: never) => string;
  /** Driver value → field value. */
  readonly read: (cell: never) => unknown;
}

const id = { literal: (value: string) => value, read: (cell: string | number) => String(cell) };
const integer = {
  literal: (value: number | null) => (value === null ? 'NULL' : String(value)),
  read: (cell: Cell) => (cell === null ? null : Number(cell)),
};
const text = { literal: (value: string | null) => quote(value), read: (cell: string | null) => cell };
const instant = {
  literal: (value: number | null) => (value === null ? 'NULL' : quote(dateTimeText(value))),
  read: (cell: string | null) => msOfDateTime(cell),
};
const json = {
  literal: (value: unknown) => quote(JSON.stringify(value)),
  read: (cell: string) => JSON.parse(cell) as unknown,
};
const optionalJson = {
  literal: (value: unknown) => (value === undefined ? 'NULL' : quote(JSON.stringify(value))),
  read: (cell: string | null) => (cell === null ? undefined : (JSON.parse(cell) as unknown)),
};
const status = {
  literal: (value: OrderStatus) => String(orderStatusCode[value]),
  read: (cell: number) => orderStatusOf(cell),
};
const bizType = {
  literal: (value: string) => String(businessTypeByName(value).code),
  read: (cell: number) => businessTypeByCode(cell).name,
};

const column = <Fields>(
  name: string,
  field: keyof Fields,
  form: { literal: (value: never) => string; read: (cell: never) => unknown },
): Column<Fields> => ({ name, field, ...form });

const baseColumns: readonly Column<OrderBase>[] = [
  column('order_id', 'orderId', id),
  column('user_id', 'userId', id),
  column('merchant_id', 'merchantId', id),
  column('biz_type', 'bizType', bizType),
  column('status', 'status', status),
  column('tags', 'tags', integer),
  column('currency', 'currency', text),
  column('pay_amount', 'payAmount', integer),
  column('goods_amount', 'goodsAmount', integer),
  column('packing_amount', 'packingAmount', integer),
  column('delivery_amount', 'deliveryAmount', integer),
  column('discount_amount', 'discountAmount', integer),
  column('business_date', 'businessDate', text),
  column('day_serial', 'daySerial', integer),
  column('deadline_at', 'deadlineAt', instant),
  column('created_at', 'createdAt', instant),
  column('paid_at', 'paidAt', instant),
  column('accepted_at', 'acceptedAt', instant),
  column('received_at', 'receivedAt', instant),
  column('completed_at', 'completedAt', instant),
  column('invalidated_at', 'invalidatedAt', instant),
  column('reason_code', 'reasonCode', integer),
  column('role', 'role', integer),
  column('payment_id', 'paymentId', text),
  // Last on purpose: an upsert evaluates its assignments from left to right, and every other one compares versions first.
  column('version', 'version', integer),
];

const extColumns: readonly Column<OrderExt>[] = [
  column('items', 'items', json),
  column('discounts', 'discounts', json),
  column('fees', 'fees', json),
  column('recipient', 'recipient', json),
  column('extension', 'extension', json),
  column('remark', 'remark', text),
  column('deadlines', 'deadlines', optionalJson),
];

/** Column lists for SELECT and INSERT, in the order that {@link baseLiterals} and {@link extLiterals} answer. */
export const BASE_COLUMNS = baseColumns.map((each) => each.name).join(', ');
export const EXT_COLUMNS = `order_id, ${extColumns.map((each) => each.name).join(', ')}`;

const qualified = (columns: readonly string[], alias: string): string =>
  columns.map((name) => `${alias}.${name}`).join(', ');

/** Every column of an order whose base is joined as `b` and whose ext as `e`. */
export const ORDER_COLUMNS = `${qualified(
  baseColumns.map((each) => each.name),
  'b',
)}, ${qualified(
  extColumns.map((each) => each.name),
  'e',
)}`;

/** What decides about an order whose base is joined as `b` and whose ext as `e`: the base, and the deadlines that it was placed with. */
export const HEAD_COLUMNS = `${qualified(
  baseColumns.map((each) => each.name),
  'b',
)}, e.deadlines`;

export type OrderRow = Readonly<Record<string, Cell>>;

const literalOf = <Fields>(each: Column<Fields>, record: Fields): string =>
  (each.literal as (value: unknown) => string)(record[each.field]);

const readAll = <Fields>(columns: readonly Column<Fields>[], row: OrderRow): Fields => {
  const record: Partial<Record<keyof Fields, unknown>> = {};
  for (const each of columns) record[each.field] = (each.read as (cell: unknown) => unknown)(row[each.name]);
  return record as Fields;
};

/** `1,2,'x',…` in the order of {@link BASE_COLUMNS}. */
export function baseLiterals(base: OrderBase): string {
  let joined = '';
  for (const each of baseColumns) joined += joined === '' ? literalOf(each, base) : `,${literalOf(each, base)}`;
  return joined;
}

/** `orderId,'…',…` in the order of {@link EXT_COLUMNS}. */
export function extLiterals(orderId: string, ext: OrderExt): string {
  let joined = orderId;
  for (const each of extColumns) joined += `,${literalOf(each, ext)}`;
  return joined;
}

/** `a=1, b=2` for the fields in which `after` differs from `before`: the SET list of a transition. */
export function changedAssignments(before: OrderBase, after: OrderBase): string {
  const changed = baseColumns.filter((each) => before[each.field] !== after[each.field]);
  return changed.map((each) => `${each.name}=${literalOf(each, after)}`).join(', ');
}

export const baseOfRow = (row: OrderRow): OrderBase => readAll(baseColumns, row);
export const deadlinesOfRow = ({ deadlines }: OrderRow): OrderExt['deadlines'] =>
  optionalJson.read(deadlines as string | null) as OrderExt['deadlines'];
export const extOfRow = (row: OrderRow): OrderExt => readAll(extColumns, row);

/**
 * Columns that a later version may change, in the order in which an upsert must assign them: `version` last, because every other
 * assignment compares it first. The rest of the row is written once.
 */
export const MUTABLE_COLUMNS: readonly string[] = [
  ...['status', 'tags', 'business_date', 'deadline_at', 'paid_at', 'accepted_at', 'received_at', 'completed_at'],
  ...['invalidated_at', 'reason_code', 'role', 'payment_id', 'version'],
];

const mutableColumns = baseColumns.filter(({ name }) => MUTABLE_COLUMNS.includes(name));

/** `a=1, b=2` for all that a later version may change: the SET list of a projection. */
export const mutableAssignments = (base: OrderBase): string =>
  mutableColumns.map((each) => `${each.name}=${literalOf(each, base)}`).join(',');
