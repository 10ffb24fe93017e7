/** Between a delivery and its row. The one place that knows the columns of `delivery`. */
import { type DeliverySubState, deliveryStateCode, deliveryStateOf } from '@ordo/contracts';
import { dateTimeText, msOfDateTime, quote, quoteList, type SqlValue } from '@ordo/sharding';
import type { RankedState } from '../waybill-life/state-rank.rules.js';
import type { DeliveryRecord, ReceiptState } from './delivery-record.js';

export type DeliveryRow = Readonly<Record<string, string | number | null>>;

/** What never changes after the first write. */
const fixed = (record: DeliveryRecord): Readonly<Record<string, SqlValue>> => ({
  order_id: record.orderId,
  delivery_id: record.deliveryId,
  user_id: record.userId,
  merchant_id: record.merchantId,
  biz_type: record.bizType,
  currency: record.currency,
  promise: record.promise === null ? null : JSON.stringify(record.promise),
  income: record.income === null ? null : JSON.stringify(record.income),
  created_at: dateTimeText(record.createdAtMs),
});

const changing = (record: DeliveryRecord): Readonly<Record<string, SqlValue>> => ({
  version: record.version,
  state: deliveryStateCode[record.life.state],
  sub_state: record.life.subState,
  attempt: record.life.attempt,
  since_at: dateTimeText(record.life.sinceMs),
  courier_id: record.life.courier?.courierId ?? null,
  courier_state: record.life.courier === null ? null : deliveryStateCode[record.life.courier.state],
  courier_at: dateTimeText(record.life.courier?.atMs ?? null),
  carrier: record.carrier,
  tip_minor: record.tipMinor,
  order_ended: record.isOrderEnded,
  unclaimed_at: dateTimeText(record.unclaimedAtMs),
  delivered_at: dateTimeText(record.deliveredAtMs),
  lateness: record.lateness === null ? null : JSON.stringify(record.lateness),
  receipt: record.receipt,
});

/** Does nothing if the order has a delivery already. */
export function insertDelivery(schema: string, record: DeliveryRecord, changeMark: number): string {
  const columns = { ...fixed(record), ...changing(record), change_mark: changeMark };
  return `INSERT IGNORE INTO ${schema}.delivery (${Object.keys(columns).join(', ')}) VALUES ${quoteList(Object.values(columns))}`;
}

/** A compare-and-set on the version, under the lock that the change holds already. */
export function updateDelivery(
  schema: string,
  before: DeliveryRecord,
  after: DeliveryRecord,
  changeMark: number,
): string {
  const was = changing(before);
  const assignments = Object.entries(changing(after))
    .filter(([column, value]) => value !== was[column])
    .map(([column, value]) => `${column}=${quote(value)}`);
  const all = [...assignments, `change_mark=${changeMark}`].join(', ');
  return `UPDATE ${schema}.delivery SET ${all} WHERE order_id=${before.orderId} AND version=${before.version}`;
}

export function recordOf(row: DeliveryRow): DeliveryRecord {
  const textOf = (name: string): string | null => (row[name] === null ? null : String(row[name]));
  const msOf = (name: string): number | null => msOfDateTime(textOf(name));
  const courierId = textOf('courier_id');
  return {
    orderId: String(row['order_id']),
    deliveryId: String(row['delivery_id']),
    userId: String(row['user_id']),
    merchantId: String(row['merchant_id']),
    bizType: String(row['biz_type']),
    currency: String(row['currency']),
    version: Number(row['version']),
    life: {
      attempt: Number(row['attempt']),
      state: deliveryStateOf(Number(row['state'])),
      subState: textOf('sub_state') as DeliverySubState | null,
      sinceMs: msOf('since_at') ?? 0,
      courier:
        courierId === null
          ? null
          : {
              courierId,
              state: deliveryStateOf(Number(row['courier_state'])) as RankedState,
              atMs: msOf('courier_at') ?? 0,
            },
    },
    carrier: textOf('carrier'),
    tipMinor: Number(row['tip_minor']),
    promise: jsonOf(textOf('promise')),
    income: jsonOf(textOf('income')),
    isOrderEnded: Number(row['order_ended']) === 1,
    unclaimedAtMs: msOf('unclaimed_at'),
    deliveredAtMs: msOf('delivered_at'),
    lateness: jsonOf(textOf('lateness')),
    receipt: Number(row['receipt']) as ReceiptState,
    createdAtMs: msOf('created_at') ?? 0,
  };
}

/** What we wrote ourselves into our own column. */
const jsonOf = <T>(text: string | null): T | null => (text === null ? null : (JSON.parse(text) as T));
