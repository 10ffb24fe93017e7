/** The law of the lists: a walk sees every order that exists when it starts exactly once, however many are added meanwhile. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { anId, aPlaceOrder, aServiceToken, eventually } from '@ordo/testing';
import fc from 'fast-check';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

interface Page {
  readonly orders: readonly { readonly orderId: string }[];
  readonly nextCursor: string | null;
}

let app: OrderProcess;
let service: RestClient;

beforeAll(async () => {
  app = await OrderProcess.start();
  service = new RestClient(app.url, await aServiceToken());
}, 60_000);

afterAll(async () => {
  await app?.stop();
});

async function walk(path: string, limit: number, between: () => Promise<unknown>): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const tail: string = cursor === undefined ? '' : `&cursor=${cursor}`;
    const { status, body } = await service.get<Page>(`${path}limit=${limit}${tail}`);
    expect(status).toBe(200);
    expect(body.orders.length).toBeLessThanOrEqual(limit);
    seen.push(...body.orders.map(({ orderId }) => orderId));
    cursor = body.nextCursor;
    if (cursor !== null) await between();
  }
  return seen;
}

const descending = (ids: readonly string[]): string[] => [...ids].sort((a, b) => (BigInt(a) < BigInt(b) ? 1 : -1));

/** `before` is what the list held when the walk begins, `made` whatever was ever placed for it. */
async function expectWholeWalk(
  path: string,
  limit: number,
  { before, made, add }: { before: readonly string[]; made: ReadonlySet<string>; add: () => Promise<unknown> },
) {
  const seen = await walk(path, limit, add);
  expect(seen).toEqual(descending(seen));
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen.filter((orderId) => before.includes(orderId))).toEqual(descending(before));
  expect(seen.every((orderId) => made.has(orderId))).toBe(true);
}

const listed = async (path: string): Promise<string[]> =>
  (await service.get<Page>(`${path}limit=100`)).body.orders.map(({ orderId }) => orderId);

describe('a walk through a list', () => {
  test('of a user sees every order exactly once, with any page size and while orders are added', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 7 }), async (count, limit) => {
        const userId = anId();
        const made = new Set<string>();
        const add = async (): Promise<unknown> => made.add(await service.placed(aPlaceOrder({ userId })));
        await Promise.all(Array.from({ length: count }, add));
        for (const path of [`/v1/users/${userId}/orders?`, `/v1/users/${userId}/orders?status=CREATED&`]) {
          await expectWholeWalk(path, limit, { before: [...made], made, add });
        }
      }),
      { numRuns: 12 },
    );
  });

  test('of a merchant sees every paid order exactly once, with and without filters', async () => {
    const merchantId = anId();
    const today = new Date().toISOString().slice(0, 10);
    const made = new Set<string>();
    const add = async (): Promise<void> => {
      const order = aPlaceOrder({ merchantId });
      const orderId = await service.placed(order);
      made.add(orderId);
      await service.paid(orderId, order.payAmount);
    };
    await Promise.all(Array.from({ length: 23 }, add));
    const all = `/v1/merchants/${merchantId}/orders?`;
    for (const filter of ['', 'status=PAID&', `businessDate=${today}&`, `businessDate=${today}&status=PAID&`]) {
      await eventually(
        async () => ((await listed(all)).length === made.size ? true : undefined),
        'all orders are projected',
      );
      await expectWholeWalk(all + filter, 5, { before: [...made], made, add });
    }
  });

  test('may change its page size on the way, but not its filter', async () => {
    const userId = anId();
    await Promise.all(Array.from({ length: 5 }, () => service.placed(aPlaceOrder({ userId }))));
    const first = await service.get<Page>(`/v1/users/${userId}/orders?limit=2`);
    const rest = await service.get<Page>(`/v1/users/${userId}/orders?limit=100&cursor=${first.body.nextCursor}`);
    expect(rest.body.orders).toHaveLength(3);
    expect(rest.body.nextCursor).toBeNull();
    for (const other of [
      `/v1/users/${userId}/orders?status=CREATED&cursor=${first.body.nextCursor}`,
      `/v1/users/${anId()}/orders?cursor=${first.body.nextCursor}`,
      `/v1/merchants/${userId}/orders?cursor=${first.body.nextCursor}`,
    ]) {
      const { status, body } = await service.get<{ violations: { field: string }[] }>(other);
      expect([status, body.violations[0]?.field]).toEqual([400, 'cursor']);
    }
  });
});
