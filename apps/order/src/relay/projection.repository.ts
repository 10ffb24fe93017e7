/**
 * The statements of the projection into merchant shards, multi-row and grouped by schema. All of them converge under repeats and
 * reorderings: a row of an older version never replaces a newer one, a snapshot or an event that is there stays as it is.
 */

import { orderStatusCode } from '@ordo/contracts';
import { dateTimeText, merchantSchema, type NodeConnection, quote, userSchema } from '@ordo/sharding';
import {
  BASE_COLUMNS,
  baseLiterals,
  baseOfRow,
  EXT_COLUMNS,
  extLiterals,
  MUTABLE_COLUMNS,
  type OrderRow,
} from '../record/order-columns.js';
import type { OrderBase } from '../record/order-record.js';
import type { OrderProjection } from './order-projection.js';

const keepNewer = (column: string): string =>
  column === 'version'
    ? 'version=GREATEST(version,VALUES(version))'
    : `${column}=IF(VALUES(version)>version,VALUES(${column}),${column})`;

// A serial is given once per order, by the projection itself: whoever has it wins, whatever the version.
const ON_NEWER = ['day_serial=COALESCE(day_serial,VALUES(day_serial))', ...MUTABLE_COLUMNS.map(keepNewer)].join(',');
const KEEP = 'ON DUPLICATE KEY UPDATE order_id=order_id';

const byMerchantShard = (rows: readonly OrderProjection[]): Map<number, OrderProjection[]> => {
  const groups = new Map<number, OrderProjection[]>();
  for (const row of rows) {
    const group = groups.get(row.merchantShard);
    if (group === undefined) groups.set(row.merchantShard, [row]);
    else group.push(row);
  }
  // One order of shards for every relay: two that project into the same shards then meet in a queue, not in a deadlock.
  return new Map([...groups].sort(([a], [b]) => a - b));
};

const eventRow = ({ payload: { base, event }, type, occurredAt }: OrderProjection): string =>
  `(${base.orderId},${base.version},${base.merchantId},${quote(type)},${orderStatusCode[base.status]},` +
  `${quote(event.role)},${quote(event.reasonCode)},${quote(event.note)},${quote(dateTimeText(occurredAt))})`;

/**
 * The first version of an order replaces nothing: it is there already, in this version or a later one, or it is not. Later ones
 * bring a row that has to win by version, at 900 bytes of assignments to parse.
 */
function baseStatements(schema: string, rows: readonly OrderProjection[]): string[] {
  const upsert = (group: readonly OrderProjection[], onDuplicate: string): string[] => {
    if (group.length === 0) return [];
    const values = group.map(({ payload }) => `(${baseLiterals(payload.base)})`).join(',');
    return [`INSERT INTO ${schema}.order_base (${BASE_COLUMNS}) VALUES ${values} ${onDuplicate}`];
  };
  const first = rows.filter((row) => row.payload.base.version === 1);
  const later = rows.filter((row) => row.payload.base.version > 1);
  return [...upsert(first, KEEP), ...upsert(later, `ON DUPLICATE KEY UPDATE ${ON_NEWER}`)];
}

function statementsOf(shard: number, rows: readonly OrderProjection[]): string[] {
  const schema = merchantSchema(shard);
  const exts = rows.flatMap(({ payload: { base, ext } }) =>
    ext === undefined ? [] : [`(${extLiterals(base.orderId, ext)})`],
  );
  const events = rows.map(eventRow).join(',');
  const eventColumns = 'order_id, version, merchant_id, type, status, role, reason_code, note, occurred_at';
  return [
    ...baseStatements(schema, rows),
    ...(exts.length === 0 ? [] : [`INSERT INTO ${schema}.order_ext (${EXT_COLUMNS}) VALUES ${exts.join(',')} ${KEEP}`]),
    `INSERT INTO ${schema}.order_event (${eventColumns}) VALUES ${events} ${KEEP}`,
  ];
}

/** Base, ext and timeline of every row, in the order of their shards. Run them in one transaction. */
export const projectionStatements = (rows: readonly OrderProjection[]): string[] =>
  [...byMerchantShard(rows)].flatMap(([shard, group]) => statementsOf(shard, group));

/** The serials that orders of `rows` have already: a repeat must not be given another. Served by the primary key. */
export async function givenSerials(
  connection: NodeConnection,
  rows: readonly OrderProjection[],
): Promise<Map<string, number>> {
  const statements = [...byMerchantShard(rows)].map(([shard, group]) => {
    const ids = group.map((row) => row.payload.base.orderId).join(',');
    return `SELECT order_id, day_serial FROM ${merchantSchema(shard)}.order_base WHERE order_id IN (${ids}) AND day_serial IS NOT NULL`;
  });
  const results = await connection.query<{ order_id: string; day_serial: number }[][]>(`DO 0;${statements.join(';')}`);
  return new Map(
    results.slice(1).flatMap((found) => found.map((row) => [String(row.order_id), Number(row.day_serial)])),
  );
}

export interface SerialRequest {
  readonly merchantShard: number;
  readonly merchantId: string;
  readonly businessDate: string;
  readonly count: number;
}

/**
 * Takes `count` serials for each request and answers the last of each, in their order. The counter's row stays locked until the
 * transaction ends, which closes the race of two relays giving the same number.
 */
export async function takeSerials(connection: NodeConnection, requests: readonly SerialRequest[]): Promise<number[]> {
  const statements = requests.flatMap(({ merchantShard, merchantId, businessDate, count }) => {
    const table = `${merchantSchema(merchantShard)}.daily_serial`;
    const day = quote(businessDate);
    return [
      `INSERT INTO ${table} (merchant_id, business_date, last_serial) VALUES (${merchantId},${day},${count})` +
        ' ON DUPLICATE KEY UPDATE last_serial=last_serial+VALUES(last_serial)',
      `SELECT last_serial FROM ${table} WHERE merchant_id=${merchantId} AND business_date=${day}`,
    ];
  });
  const results = await connection.query<{ last_serial: number }[][]>(`DO 0;${statements.join(';')}`);
  return requests.map((_, index) => Number(results[index * 2 + 2]?.[0]?.last_serial));
}

/** Writes a serial back to the authority, where one that is there stays, and reads the row as it is then. Two statements. */
export function serialWriteBack(userShard: number, orderId: string, serial: number): string {
  const table = `${userSchema(userShard)}.order_base`;
  return (
    `UPDATE ${table} SET day_serial=${serial} WHERE order_id=${orderId} AND day_serial IS NULL;` +
    `SELECT ${BASE_COLUMNS} FROM ${table} WHERE order_id=${orderId}`
  );
}

/** Runs the pairs of {@link serialWriteBack} as one transaction. */
export async function writeSerials(connection: NodeConnection, pairs: readonly string[]): Promise<OrderBase[]> {
  const results = await connection.query<OrderRow[][]>(`START TRANSACTION;${pairs.join(';')};COMMIT`);
  return pairs.flatMap((_, index) => (results[index * 2 + 2] ?? []).map(baseOfRow));
}
