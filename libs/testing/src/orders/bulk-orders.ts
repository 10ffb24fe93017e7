/**
 * Many orders of a merchant shard by a few statements, for specs and benches that need a table of some size: what the relay would have
 * written for orders that are a while old, in the mix of a usual day. Nothing of them is in a user shard.
 */

export interface BulkOrders {
  /** `ordo_merchant_007`. */
  readonly schema: string;
  /** The first of `count` order ids, one after the other. */
  readonly firstOrderId: bigint;
  readonly count: number;
  /** One for all of them, or the first of `merchants` ids, 120 apart, that take turns: all of one shard. */
  readonly merchantId: string;
  readonly merchants?: number;
  /** YYYY-MM-DD of the newest; every `perDay` orders the day before. */
  readonly lastDay: string;
  readonly perDay: number;
}

/** Rows of one statement: some seconds at most, and an undo log that is no burden. */
const STRIDE = 50_000;
const DIGITS =
  '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
const NUMBERS = `(SELECT a.d+10*b.d+100*c.d+1000*e.d+10000*f.d n FROM ${DIGITS} a, ${DIGITS} b, ${DIGITS} c, ${DIGITS} e, ${DIGITS} f) numbers`;
/** A table of the numbers 0 … `count` − 1 (at most 100,000), called `numbers`, for INSERT … SELECT. */
export const numbersBelow = (count: number): string => `(SELECT n FROM ${NUMBERS} WHERE n<${count}) numbers`;

const EXT = `'[]','[]','{"delivery":500}','{"name":"","phone":"","address":""}','{}',''`;

/** One in twenty was never paid; of the rest most are completed, some invalid, a few on their way. */
const STATUS = 'CASE WHEN n%20=0 THEN 90 WHEN n%20=1 THEN 20 WHEN n%20=2 THEN 30 WHEN n%20=3 THEN 90 ELSE 50 END';
const PAID = 'n%20<>0';
const COMPLETED = 'n%20>3';

/** Idempotent: rows that are there stay. */
export function bulkOrderStatements(bulk: BulkOrders): string[] {
  const statements: string[] = [];
  for (let from = 0; from < bulk.count; from += STRIDE) {
    const rows = `(SELECT n+${from} n FROM ${NUMBERS} WHERE n<${Math.min(STRIDE, bulk.count - from)}) rows_of_stride`;
    statements.push(basesOf(bulk, rows), extsOf(bulk, rows));
  }
  return statements;
}

function basesOf(
  { schema, firstOrderId, count, merchantId, merchants = 1, lastDay, perDay }: BulkOrders,
  rows: string,
): string {
  const day = `DATE_SUB('${lastDay}', INTERVAL (${count - 1}-n) DIV ${perDay} DAY)`;
  const instant = `TIMESTAMP(${day}, '12:00:00')`;
  const amounts = '2200,1800,100,500,200';
  return (
    `INSERT IGNORE INTO ${schema}.order_base (order_id, user_id, merchant_id, biz_type, status, version, tags, currency,` +
    ' pay_amount, goods_amount, packing_amount, delivery_amount, discount_amount, business_date, day_serial, created_at,' +
    ' paid_at, completed_at, role, payment_id, feed_version)' +
    ` SELECT ${firstOrderId}+n, 10001+n%1000, ${merchantId}+120*(n%${merchants}), 1, ${STATUS}, 5, 0, 'CNY', ${amounts},` +
    ` IF(${PAID},${day},NULL), IF(${PAID},n%${perDay}+1,NULL), ${instant}, IF(${PAID},${instant},NULL),` +
    ` IF(${COMPLETED},ADDTIME(${instant}, SEC_TO_TIME(n%3600)),NULL), 1, IF(${PAID},'p',NULL), IF(${PAID},n+1,NULL) FROM ${rows}`
  );
}

const extsOf = ({ schema, firstOrderId }: BulkOrders, rows: string): string =>
  `INSERT IGNORE INTO ${schema}.order_ext (order_id, items, discounts, fees, recipient, extension, remark)` +
  ` SELECT ${firstOrderId}+n, ${EXT} FROM ${rows}`;
