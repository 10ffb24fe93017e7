/**
 * Every list, count and feed in a shard with thousands of orders: explained before it runs, and counted while it runs. No statement scans a
 * table, sorts, or touches more rows than a page needs, however long the list is. On the real servers; MariaDB and MySQL explain alike here.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { merchantSchema, type NodePool, NodePools, Placement, shardOf, userSchema } from '@ordo/sharding';
import { anId, bulkOrderStatements } from '@ordo/testing';
import { FeedRepository } from '../merchant-feed/feed.repository.js';
import { SettlementRepository } from '../settlement/settlement.repository.js';
import { MerchantOrdersRepository } from './merchant-orders.repository.js';
import { UserOrdersRepository } from './user-orders.repository.js';

interface Plan {
  readonly table: string | null;
  readonly type: string | null;
  readonly key: string | null;
  readonly Extra: string | null;
}

/** Where speed is not the subject, a busy machine must not look like a dead node. */
const PATIENT = { acquireDeadlineMs: 15_000, connectTimeoutMs: 15_000, queryDeadlineMs: 20_000 };
const ORDERS = 4_000;
const PER_DAY = 1_000;
const LAST_DAY = '2026-11-20';
const LIMIT = 21;
/** Per order of a page: its entry, both rows by their keys, and its place in the page. */
const TOUCHED_PER_ORDER = 6;
const merchantId = anId();
const userId = anId();
const firstOrderId = BigInt(merchantId) * 10_000n;
const middle = String(firstOrderId + 2_000n);

let pools: NodePools;
let placement: Placement;
let plans: Plan[];
let touched: number;

const HANDLERS = "SHOW SESSION STATUS LIKE 'Handler_read%'";
const sumOf = (rows: { Value: string }[]): number => rows.reduce((sum, row) => sum + Number(row.Value), 0);

/** Explains every statement of a packet, then runs the packet between two counts of the rows that its connection read. */
const explaining = (real: NodePools): NodePools => {
  const at = (node: number): NodePool => {
    const pool = real.at(node);
    const query = <T>(sql: string): Promise<T> =>
      pool.use(async (connection) => {
        for (const statement of sql.split(';').filter((each) => each.startsWith('SELECT'))) {
          plans.push(...(await connection.query<Plan[]>(`EXPLAIN ${statement}`)));
        }
        const before = sumOf(await connection.query<{ Value: string }[]>(HANDLERS));
        const answer = await connection.query<T>(sql);
        const after = sumOf(await connection.query<{ Value: string }[]>(HANDLERS));
        // What one look at the counters adds to them is found by a second one.
        const own = sumOf(await connection.query<{ Value: string }[]>(HANDLERS)) - after;
        touched += after - before - own;
        return answer;
      });
    return { ...pool, query };
  };
  return { at, all: real.all.map((_, index) => at(index)) } as unknown as NodePools;
};

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
}, 60_000);

afterAll(async () => {
  await pools?.close();
});

/** Runs `read` and answers how many orders it gave. */
async function reading(read: () => Promise<{ readonly length: number }>): Promise<number> {
  plans = [];
  touched = 0;
  return (await read()).length;
}

function expectBounded(key: string, orders: number): void {
  const real = plans.filter(({ table }) => table !== null && !table.startsWith('<'));
  expect(real.map((plan) => plan.key)).toContain(key);
  for (const plan of real) expect(plan.type).toMatch(/^(const|eq_ref|ref|range)$/);
  for (const plan of plans) expect(plan.Extra ?? '').not.toMatch(/filesort|temporary/i);
  const page = real.find((plan) => plan.key === key);
  expect(page?.Extra).toContain('Using index');
  expect(touched).toBeGreaterThan(0);
  expect(touched).toBeLessThanOrEqual(TOUCHED_PER_ORDER * orders + 20);
}

describe('a page of a user', () => {
  test.each([
    [undefined, 'by_user'],
    ['PAID', 'by_user_status'],
  ] as const)('with the status %s is cut in %s, at the top and behind a cursor', async (status, key) => {
    const repository = new UserOrdersRepository(explaining(pools), placement);
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
    const repository = new MerchantOrdersRepository(explaining(pools), placement);
    for (const before of [undefined, String(firstOrderId + 3_999n)]) {
      const query = { merchantId, status, businessDate, effectiveOnly: true, before, limit: LIMIT };
      expect(await reading(() => repository.list(query))).toBe(LIMIT);
      expectBounded(key, LIMIT);
    }
  });

  test('of invalid orders passes those that were never paid in the index, two for one that is shown', async () => {
    const repository = new MerchantOrdersRepository(explaining(pools), placement);
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
    const repository = new MerchantOrdersRepository(explaining(pools), placement);
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
    const repository = new FeedRepository(explaining(pools), placement);
    expect(await reading(async () => (await repository.changed(merchantId, after, LIMIT)).rows)).toBe(LIMIT);
    expectBounded('by_feed', LIMIT);
  });

  test('costs one row for its head, alone or among others', async () => {
    const repository = new FeedRepository(explaining(pools), placement);
    await reading(async () => [await repository.head(merchantId)]);
    expect(plans.map(({ key }) => key)).toEqual(['PRIMARY']);
    expect(touched).toBeLessThanOrEqual(2);
    const heads = await repository.heads([merchantId, anId()]);
    expect([...heads.values()]).toEqual([ORDERS, 0]);
  });
});

describe('a page of settlement', () => {
  const window = { fromMs: Date.UTC(2026, 10, 17), toMs: Date.UTC(2026, 10, 21) };
  const shard = shardOf(merchantId);

  test('is cut in by_completion, at the begin and behind an order', async () => {
    const repository = new SettlementRepository(explaining(pools), placement);
    const behind = { shard, completedAtMs: Date.UTC(2026, 10, 18, 12, 10), orderId: '1' };
    for (const after of [undefined, behind]) {
      expect(await reading(() => repository.page(shard, window, after, LIMIT))).toBe(LIMIT);
      expectBounded('by_completion', LIMIT);
    }
  });
});
