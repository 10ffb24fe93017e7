/**
 * The statements of the projection into merchant shards, multi-row and grouped by schema. All of them converge under repeats and
 * reorderings: a row of an older version never replaces a newer one, a snapshot or an event that is there stays as it is.
 */

import { orderStatusCode } from '@ordo/contracts';
import { dateTimeText, merchantSchema, type NodeConnection, quote, userSchema } from '@ordo/sharding';
import {
  BASE_COLUMNS,
  baseLiterals,
  EXT_COLUMNS,
  extLiterals,
  MUTABLE_COLUMNS,
  mutableAssignments,
} from '../record/order-columns.js';
import type { OrderBase } from '../record/order-record.js';
import type { OrderProjection } from './order-projection.js';

const keepNewer = (column: string): string =>
  column === 'version'
    ? 'version=GREATEST(version,VALUES(version))'
    : `${column}=IF(VALUES(version)>version,VALUES(${column}),${column})`;

// Only a row of the projection has it: beside the columns that both dimensions share.
const FEED_VERSION = 'feed_version';
// A serial is given once per order, by the projection itself: whoever has it wins, whatever the version.
const ON_NEWER = `ON DUPLICATE KEY UPDATE ${['day_serial=COALESCE(day_serial,VALUES(day_serial))', keepNewer(FEED_VERSION), ...MUTABLE_COLUMNS.map(keepNewer)].join(',')}`;
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

const insertOf = (schema: string, rows: readonly OrderProjection[], onDuplicate: string): string => {
  const values = rows.map(({ payload: { base } }) => `(${baseLiterals(base)},${feedVersionOf(schema, base)})`);
  return `INSERT INTO ${schema}.order_base (${BASE_COLUMNS},${FEED_VERSION}) VALUES ${values.join(',')} ${onDuplicate}`;
};

/** A merchant hears of an order from its payment on. */
const isShown = ({ payload: { base } }: OrderProjection): boolean => base.paidAt !== null;

/** The version that this transaction gave to the merchant ({@link feedRaise}); all rows of one transaction share it. */
const feedVersionOf = (schema: string, { merchantId, paidAt }: OrderBase): string =>
  paidAt === null ? 'NULL' : `(SELECT last_version FROM ${schema}.feed_head WHERE merchant_id=${merchantId})`;

/**
 * Gives the next version to each merchant. The row stays locked until COMMIT, which closes two races: a reader that sees version n while
 * n − 1 is not visible yet, and two relays that give the same one. In the order of the ids, so that two relays queue and do not deadlock.
 */
function feedRaise(schema: string, merchantIds: readonly string[]): string {
  const values = merchantIds.map((merchantId) => `(${merchantId},1)`).join(',');
  return `INSERT INTO ${schema}.feed_head (merchant_id, last_version) VALUES ${values} ON DUPLICATE KEY UPDATE last_version=last_version+1`;
}

const feedHeads = (schema: string, merchantIds: readonly string[]): string =>
  `SELECT merchant_id, last_version FROM ${schema}.feed_head WHERE merchant_id IN (${merchantIds.join(',')})`;

function updateOf(schema: string, { payload: { base } }: OrderProjection): string {
  const serial = base.daySerial === null ? '' : `,day_serial=COALESCE(day_serial,${base.daySerial})`;
  const feed = base.paidAt === null ? '' : `,${FEED_VERSION}=${feedVersionOf(schema, base)}`;
  const where = `order_id=${base.orderId} AND version<${base.version}`;
  return `UPDATE ${schema}.order_base SET ${mutableAssignments(base)}${serial}${feed} WHERE ${where}`;
}

/** Measured per row: an update 50 µs of the server, an upsert 100 µs alone and 21 µs among sixty of one statement. */
const UPSERT_FROM_ROWS = 4;

export interface ProjectionPlan {
  readonly statements: readonly string[];
  /** By the place of its statement: a row that is expected to be there. An update that changes nothing has to be upserted after all. */
  readonly updates: ReadonlyMap<number, OrderProjection>;
  /** The places of the statements that answer the feed versions that this transaction gives. */
  readonly heads: readonly number[];
}

/** What a statement of {@link ProjectionPlan.heads} answers. */
export interface FeedHeadRow {
  readonly merchant_id: string | number;
  readonly last_version: string | number;
}

/**
 * Base, ext and timeline of every row, in the order of their shards, to be run in one transaction. The first version of an order
 * replaces nothing: the order is there already, in this version or a later one, or it is not. A later one has to win by version.
 */
export function planProjection(rows: readonly OrderProjection[]): ProjectionPlan {
  const statements: string[] = [];
  const updates = new Map<number, OrderProjection>();
  const heads: number[] = [];
  for (const [shard, group] of byMerchantShard(rows)) {
    const schema = merchantSchema(shard);
    const merchants = [...new Set(group.filter(isShown).map(({ payload }) => payload.base.merchantId))].sort();
    if (merchants.length > 0) {
      statements.push(feedRaise(schema, merchants));
      heads.push(statements.push(feedHeads(schema, merchants)) - 1);
    }
    const first = group.filter((row) => row.payload.base.version === 1);
    const later = group.filter((row) => row.payload.base.version > 1);
    if (first.length > 0) statements.push(insertOf(schema, first, KEEP), extsOf(schema, first));
    if (later.length >= UPSERT_FROM_ROWS) statements.push(insertOf(schema, later, ON_NEWER));
    else for (const row of later) updates.set(statements.push(updateOf(schema, row)) - 1, row);
    statements.push(eventsOf(schema, group));
  }
  return { statements, updates, heads };
}

/** For rows whose update changed nothing: they are missing, or newer already. */
export const upsertsOf = (rows: readonly OrderProjection[]): string[] =>
  [...byMerchantShard(rows)].map(([shard, group]) => insertOf(merchantSchema(shard), group, ON_NEWER));

function extsOf(schema: string, rows: readonly OrderProjection[]): string {
  const exts = rows.flatMap(({ payload: { base, ext } }) =>
    ext === undefined ? [] : [`(${extLiterals(base.orderId, ext)})`],
  );
  return `INSERT INTO ${schema}.order_ext (${EXT_COLUMNS}) VALUES ${exts.join(',')} ${KEEP}`;
}

function eventsOf(schema: string, rows: readonly OrderProjection[]): string {
  const columns = 'order_id, version, merchant_id, type, status, role, reason_code, note, occurred_at';
  return `INSERT INTO ${schema}.order_event (${columns}) VALUES ${rows.map(eventRow).join(',')} ${KEEP}`;
}

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
 * transaction ends, which closes the race of two relays giving the same number. LAST_INSERT_ID carries the new value home in the
 * statement's own answer, without a SELECT.
 */
export async function takeSerials(connection: NodeConnection, requests: readonly SerialRequest[]): Promise<number[]> {
  const statements = requests.map(({ merchantShard, merchantId, businessDate, count }) => {
    const table = `${merchantSchema(merchantShard)}.daily_serial`;
    return (
      `INSERT INTO ${table} (merchant_id, business_date, last_serial) VALUES (${merchantId},${quote(businessDate)},LAST_INSERT_ID(${count}))` +
      ` ON DUPLICATE KEY UPDATE last_serial=LAST_INSERT_ID(last_serial+${count})`
    );
  });
  const results = await connection.query<{ insertId: number | string }[]>(`DO 0;${statements.join(';')}`);
  return requests.map((_, index) => Number(results[index + 1]?.insertId));
}

/** The statement that writes a serial back to the authority; one that is there stays. */
export const serialWriteBack = (userShard: number, orderId: string, serial: number): string =>
  `UPDATE ${userSchema(userShard)}.order_base SET day_serial=${serial} WHERE order_id=${orderId} AND day_serial IS NULL`;
