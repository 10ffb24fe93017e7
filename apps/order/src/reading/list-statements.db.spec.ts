/** Every list and count is served by the index that its statement names, in index order: no sort, no scan. On the real servers. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type NodePool, NodePools, Placement } from '@ordo/sharding';
import { MerchantOrdersRepository } from './merchant-orders.repository.js';
import { UserOrdersRepository } from './user-orders.repository.js';

interface Plan {
  readonly type: string;
  readonly key: string | null;
  readonly Extra: string | null;
}

let pools: NodePools;
let placement: Placement;
let plans: Plan[];

/** Explains every statement before it runs. */
const explaining = (real: NodePools): NodePools => {
  const at = (node: number): NodePool => {
    const pool = real.at(node);
    const query = async <T>(sql: string): Promise<T> => {
      plans.push(...(await pool.query<Plan[]>(`EXPLAIN ${sql}`)));
      return pool.query<T>(sql);
    };
    return { ...pool, query };
  };
  return { at } as unknown as NodePools;
};

beforeAll(() => {
  const urls = process.env['ORDO_MYSQL_NODES'];
  if (urls === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run with `npm test`');
  pools = new NodePools(urls.split(','), { connectionLimit: 2 });
  placement = new Placement(pools.all.length);
});

afterAll(async () => {
  await pools?.close();
});

const expectIndex = (key: string): void => {
  expect(plans.map((plan) => plan.key)).toEqual([key]);
  expect(plans[0]?.Extra ?? '').not.toMatch(/filesort|temporary/i);
  expect(plans[0]?.type).toMatch(/^(ref|range)$/);
};

describe('a page of a user', () => {
  test.each([
    [undefined, 'by_user'],
    ['PAID', 'by_user_status'],
  ] as const)('with the status %s is read from %s, also behind a cursor', async (status, key) => {
    const repository = new UserOrdersRepository(explaining(pools), placement);
    for (const before of [undefined, '255729303457974272']) {
      plans = [];
      await repository.list({ userId: '10001', status, before, limit: 21 });
      plans = plans.slice(0, 1);
      expectIndex(key);
    }
  });
});

describe('a page of a merchant', () => {
  test.each([
    [undefined, undefined, 'by_merchant'],
    ['PAID', undefined, 'by_merchant_status'],
    [undefined, '2026-11-20', 'by_business_day'],
    ['PAID', '2026-11-20', 'by_business_day_status'],
  ] as const)('with the status %s and the day %s is read from %s', async (status, businessDate, key) => {
    const repository = new MerchantOrdersRepository(explaining(pools), placement);
    for (const before of [undefined, '255729303457974272']) {
      plans = [];
      await repository.list({ merchantId: '20001', status, businessDate, effectiveOnly: true, before, limit: 21 });
      plans = plans.slice(0, 1);
      expectIndex(key);
    }
  });

  test('the counts of a day are answered from the index alone', async () => {
    plans = [];
    await new MerchantOrdersRepository(explaining(pools), placement).counts('20001', '2026-11-20');
    expectIndex('by_business_day_status');
    expect(plans[0]?.Extra).toContain('Using index');
  });
});
