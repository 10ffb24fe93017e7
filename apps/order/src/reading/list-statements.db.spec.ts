/**
 * Every list, count and feed in a shard with thousands of orders: explained before it runs, and counted while it runs. No statement scans a
 * table, sorts, or touches more rows than a page needs, however long the list is. On the real servers; MariaDB and MySQL explain alike here.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  encodeOrderNumber,
  LANE_COUNT,
  merchantSchema,
  NODE_SCHEMA,
  NodePools,
  Placement,
  secondOfMs,
  shardOf,
  userSchema,
} from '@ordo/sharding';
import { anId, bulkOrderStatements, StatementWitness } from '@ordo/testing';
import { FeedRepository } from '../merchant-feed/feed.repository.js';
import { SettlementRepository } from '../settlement/settlement.repository.js';
import { MerchantOrdersRepository } from './merchant-orders.repository.js';
import { UserOrdersRepository } from './user-orders.repository.js';

/** Where speed is not the subject, a busy machine must not look like a dead node. */
const PATIENT = { acquireDeadlineMs: 15_000, connectTimeoutMs: 15_000, queryDeadlineMs: 20_000 };
const ORDERS = 4_000;
const PER_DAY = 1_000;
const LAST_DAY = '2026-11-20';
const LIMIT = 21;
/** Per order of a page: its entry, both rows by their keys, and its place in the page. */
const TOUCHED_PER_ORDER = 6;
/** Beside what is looked for: the ends of ranges, and headers. */
const SPARE = 20;
const BUSY_ORDERS = 500;
const merchantId = anId();
const userId = anId();
const firstOrderId = BigInt(merchantId) * 10_000n;
const middle = String(firstOrderId + 2_000n);
/** One that routes to both shards, among orders that only lie there. */
const orderId = encodeOrderNumber({
  ...{ second: secondOfMs(Date.now()), userShard: shardOf(userId), merchantShard: shardOf(merchantId) },
  ...{ worker: 255, sequence: Number(BigInt(merchantId) % 1_024n) },
});

let pools: NodePools;
let placement: Placement;
let witness: StatementWitness;

/** The same orders once more, as those of one user. */
async function copyToUserShard(): Promise<void> {
  const [from, to] = [merchantSchema(shardOf(merchantId)), userSchema(shardOf(userId))];
  const source = pools.at(placement.merchantNode(shardOf(merchantId)));
  const target = pools.at(placement.userNode(shardOf(userId)));
  const ids = await source.query<{ order_id: string; status: number }[]>(
    `SELECT order_id, status FROM ${from}.order_base WHERE merchant_id=${merchantId}`,
  );
  const bases = ids.map(
    ({ order_id: id, status }) =>
      `(${id},UNHEX(MD5('${id}')),1,${userId},${merchantId},1,${status},1,'CNY',1,1,0,0,0,NOW(3))`,
  );
  const exts = ids.map(({ order_id: id }) => `(${id},'[]','[]','{}','{}','{}',UNHEX(SHA2('${id}',256)))`);
  await target.query(
    `INSERT INTO ${to}.order_base (order_id, idem_digest, change_mark, user_id, merchant_id, biz_type, status, version,` +
      ` currency, pay_amount, goods_amount, packing_amount, delivery_amount, discount_amount, created_at) VALUES ${bases.join(',')}`,
    { deadlineMs: 20_000 },
  );
  await target.query(
    `INSERT INTO ${to}.order_ext (order_id, items, discounts, fees, recipient, extension, request_digest) VALUES ${exts.join(',')}`,
    { deadlineMs: 20_000 },
  );
}

/** Five changes and three payments of each of some orders, and of the one that is asked about. */
async function fillTimelines(): Promise<void> {
  const [merchants, users] = [merchantSchema(shardOf(merchantId)), userSchema(shardOf(userId))];
  const ids = (schema: string): string =>
    `(SELECT ${orderId} AS order_id UNION ALL SELECT order_id FROM ${schema}.order_base` +
    ` WHERE order_id BETWEEN ${firstOrderId} AND ${firstOrderId + BigInt(BUSY_ORDERS - 1)}) orders`;
  const times = (count: number): string =>
    `(${Array.from({ length: count }, (_, at) => `SELECT ${at + 1} AS n`).join(' UNION ALL ')}) times`;
  const event = `order_id, n, ${merchantId}, 'order.created', 10, NULL, NULL, NULL, NOW(3)`;
  await pools
    .at(placement.merchantNode(shardOf(merchantId)))
    .query(`INSERT INTO ${merchants}.order_event SELECT ${event} FROM ${ids(merchants)}, ${times(5)}`);
  await pools
    .at(placement.userNode(shardOf(userId)))
    .query(
      `INSERT INTO ${users}.order_payment SELECT order_id, CONCAT('p', n), 1, 1, NOW(3), NOW(3) FROM ${ids(users)}, ${times(3)}`,
    );
}

beforeAll(async () => {
  const urls = process.env['ORDO_MYSQL_NODES'];
  if (urls === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run with `npm test`');
  pools = new NodePools(urls.split(','), { connectionLimit: 2, ...PATIENT });
  placement = new Placement(pools.all.length);
  const schema = merchantSchema(shardOf(merchantId));
  const node = pools.at(placement.merchantNode(shardOf(merchantId)));
  const bulk = { schema, firstOrderId, count: ORDERS, merchantId, lastDay: LAST_DAY, perDay: PER_DAY };
  for (const statement of bulkOrderStatements(bulk)) await node.query(statement, { deadlineMs: 20_000 });
  await node.query(`INSERT INTO ${schema}.feed_head (merchant_id, last_version) VALUES (${merchantId},${ORDERS})`);
  await copyToUserShard();
  await fillTimelines();
  witness = new StatementWitness(pools);
}, 60_000);

afterAll(async () => {
  await pools?.close();
});

/** Runs `read` and answers how many orders it gave. */
const reading = (read: () => Promise<{ readonly length: number }>): Promise<number> =>
  witness.watching(async () => (await read()).length);

/** Nothing is scanned or sorted, and the page itself is cut in the index `key`, without a look at a row. */
function expectBounded(key: string, orders: number): void {
  const page = witness.plans.find((plan) => plan.key === key);
  expect([witness.keys, page?.extra]).toEqual([expect.arrayContaining([key]), expect.stringContaining('Using index')]);
  expect(witness.complaints({ rows: TOUCHED_PER_ORDER * orders + SPARE })).toEqual([]);
  expect(witness.touched).toBeGreaterThan(0);
}

describe('a page of a user', () => {
  test.each([
    [undefined, 'by_user'],
    ['PAID', 'by_user_status'],
  ] as const)('with the status %s is cut in %s, at the top and behind a cursor', async (status, key) => {
    const repository = new UserOrdersRepository(witness.pools, placement);
    for (const before of [undefined, middle]) {
      expect(await reading(() => repository.list({ userId, status, before, limit: LIMIT }))).toBe(LIMIT);
      expectBounded(key, LIMIT);
    }
  });
});

describe('a page of a merchant', () => {
  test.each([
    [undefined, undefined, 'by_merchant'],
    ['PAID', undefined, 'by_merchant_status'],
    [undefined, '2026-11-19', 'by_business_day'],
    ['COMPLETED', '2026-11-18', 'by_business_day_status'],
  ] as const)('with the status %s and the day %s is cut in %s', async (status, businessDate, key) => {
    const repository = new MerchantOrdersRepository(witness.pools, placement);
    for (const before of [undefined, String(firstOrderId + 3_999n)]) {
      const query = { merchantId, status, businessDate, effectiveOnly: true, before, limit: LIMIT };
      expect(await reading(() => repository.list(query))).toBe(LIMIT);
      expectBounded(key, LIMIT);
    }
  });

  test('of invalid orders passes those that were never paid in the index, two for one that is shown', async () => {
    const repository = new MerchantOrdersRepository(witness.pools, placement);
    const query = {
      merchantId,
      status: 'INVALID',
      businessDate: undefined,
      effectiveOnly: true,
      before: undefined,
    } as const;
    expect(await reading(() => repository.list({ ...query, limit: LIMIT }))).toBe(LIMIT);
    expectBounded('by_merchant_status', LIMIT);
  });

  test('does not depend on how many orders there are: its counts read the day’s entries and no row', async () => {
    const repository = new MerchantOrdersRepository(witness.pools, placement);
    let counted = 0;
    await reading(async () => {
      const counts = await repository.counts(merchantId, LAST_DAY);
      counted = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return [];
    });
    expect(counted).toBe(950);
    expectBounded('by_business_day_status', counted / TOUCHED_PER_ORDER);
  });
});

describe('a page of the feed', () => {
  test.each([{ version: 1_000 }, { version: 1_000, orderId: '5' }])('behind %j is cut in by_feed', async (after) => {
    const repository = new FeedRepository(witness.pools, placement);
    expect(await reading(async () => (await repository.changed(merchantId, after, LIMIT)).rows)).toBe(LIMIT);
    expectBounded('by_feed', LIMIT);
  });

  test('costs one row for its head, alone or among others', async () => {
    const repository = new FeedRepository(witness.pools, placement);
    await reading(async () => [await repository.head(merchantId)]);
    expect(witness.keys).toEqual(['PRIMARY']);
    expect(witness.complaints({ rows: 2 })).toEqual([]);
    const heads = await repository.heads([merchantId, anId()]);
    expect([...heads.values()]).toEqual([ORDERS, 0]);
  });
});

describe('what belongs to one order', () => {
  test('is found by its number among those of others: both rows, also of fifty orders at once', async () => {
    const repository = new UserOrdersRepository(witness.pools, placement);
    await witness.watching(() => repository.readMany([orderId, ...Array.from({ length: 49 }, () => anOtherOrder())]));
    expect(new Set(witness.keys)).toEqual(new Set(['PRIMARY']));
    expect(witness.complaints({ rows: 50 * 4 })).toEqual([]);
  });

  test('is its timeline, from the primary key in its order', async () => {
    const repository = new MerchantOrdersRepository(witness.pools, placement);
    expect(await reading(() => repository.timeline(orderId))).toBe(5);
    expect(witness.keys).toEqual(['PRIMARY']);
    expect(witness.complaints({ rows: 5 + SPARE })).toEqual([]);
  });

  test('is its payments: these few alone are sorted', async () => {
    const repository = new UserOrdersRepository(witness.pools, placement);
    expect(await reading(() => repository.payments(orderId))).toBe(3);
    expect(witness.keys).toEqual(['PRIMARY']);
    expect(witness.complaints({ rows: 2 * 3 + SPARE, sorts: true })).toEqual([]);
  });
});

describe('a page of settlement', () => {
  const window = { fromMs: Date.UTC(2026, 10, 17), toMs: Date.UTC(2026, 10, 21) };
  const shard = shardOf(merchantId);

  test('is cut in by_completion, at the begin and behind an order', async () => {
    const repository = new SettlementRepository(witness.pools, placement);
    const behind = { shard, completedAtMs: Date.UTC(2026, 10, 18, 12, 10), orderId: '1' };
    for (const after of [undefined, behind]) {
      expect(await reading(() => repository.page(shard, window, after, LIMIT))).toBe(LIMIT);
      expectBounded('by_completion', LIMIT);
    }
  });

  test('knows until when it is whole from the heads of the lanes, however much waits for the broker', async () => {
    const rows = `(SELECT ${firstOrderId} AS n UNION ALL SELECT order_id FROM ${merchantSchema(shard)}.order_base WHERE merchant_id=${merchantId}) orders`;
    const waiting = `n, 1, 0, 0, 'order.created', '2026-01-01', NULL, '{}'`;
    const pool = pools.at(placement.merchantNode(shard));
    const columns =
      'lane, state, order_id, version, user_shard, merchant_shard, type, occurred_at, trace_parent, payload';
    const mine = `order_id BETWEEN ${firstOrderId} AND ${firstOrderId + BigInt(ORDERS)}`;
    await pool.query(`INSERT INTO ${NODE_SCHEMA}.outbox (${columns}) SELECT 11, 2, ${waiting} FROM ${rows}`);
    try {
      const repository = new SettlementRepository(witness.pools, placement);
      await witness.watching(() => repository.oldestUnprojectedMs());
      expect(new Set(witness.keys)).toEqual(new Set(['PRIMARY']));
      expect(witness.complaints({ rows: 4 * LANE_COUNT * pools.all.length + SPARE })).toEqual([]);
    } finally {
      await pool.query(`DELETE FROM ${NODE_SCHEMA}.outbox WHERE lane=11 AND state=2 AND ${mine}`);
    }
  });
});

/** Routes, and is not there. */
function anOtherOrder(): string {
  const parts = { userShard: shardOf(userId), merchantShard: shardOf(merchantId), worker: 254 };
  return encodeOrderNumber({ ...parts, second: 1_000, sequence: Math.floor(Math.random() * 1_024) });
}
