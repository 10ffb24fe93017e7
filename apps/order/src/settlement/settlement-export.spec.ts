/** The export against a store that is under control: nothing twice, nothing missing, and an end that promises no more than is true. No server. */
import { describe, expect, test } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import type { CallContext } from '@ordo/platform';
import fc from 'fast-check';
import type { OrderRecord } from '../reading/order-rows.js';
import type { ExportPlace } from './settlement-cursor.rules.js';
import { type ExportPage, type ExportQuery, SettlementExport } from './settlement-export.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const service = { caller: { subject: 's', grants: new Set(), roles: [] }, traceParent: '' } as unknown as CallContext;

const orderOf = (orderId: string, completedAt: number): OrderRecord =>
  ({
    base: { orderId, completedAt, tags: 0, paidAt: completedAt - 1, merchantId: '1', userId: '1' },
    ext: { discounts: [], fees: { delivery: 0 } },
  }) as unknown as OrderRecord;

/** As the repository reads: by completion and number, behind a place. */
const storeOf = (shards: ReadonlyMap<number, readonly OrderRecord[]>, oldestMs?: number) => ({
  oldestUnprojectedMs: async () => oldestMs,
  page: async (
    shard: number,
    window: { fromMs: number; toMs: number },
    after: ExportPlace | undefined,
    limit: number,
  ) => {
    const at = ({ base }: OrderRecord): number => base.completedAt ?? 0;
    const isBehind = (order: OrderRecord): boolean =>
      after === undefined ||
      at(order) > after.completedAtMs ||
      (at(order) === after.completedAtMs && BigInt(order.base.orderId) > BigInt(after.orderId));
    return [...(shards.get(shard) ?? [])]
      .filter((order) => at(order) >= window.fromMs && at(order) < window.toMs && isBehind(order))
      .sort((a, b) => at(a) - at(b) || (BigInt(a.base.orderId) < BigInt(b.base.orderId) ? -1 : 1))
      .slice(0, limit);
  },
});

const query: ExportQuery = { fromMs: NOON - 3_600_000, toMs: NOON, firstShard: 0, lastShard: 119 };
const later = NOON + 3_600_000;

async function all(
  pages: AsyncGenerator<ExportPage, void, void>,
): Promise<{ cursors: string[]; end: string | undefined }> {
  const cursors: string[] = [];
  let end: string | undefined;
  for await (const page of pages) {
    if ('end' in page) end = page.completedTo;
    else cursors.push(...page.orders.map(({ cursor }) => cursor));
  }
  return { cursors, end };
}

const manyOrders = (count: number): Map<number, OrderRecord[]> =>
  new Map([
    [3, Array.from({ length: count }, (_, index) => orderOf(String(index + 1), NOON - 1_000 - (index % 7)))],
    [9, [orderOf('5', NOON - 500)]],
  ]);

describe('an export', () => {
  test('tells every order once, wherever it is cut and taken up again', async () => {
    const settlement = new SettlementExport(storeOf(manyOrders(450)), new ManualClock(later), () => undefined);
    const whole = await all(settlement.open(query, service));
    expect(whole.cursors.length).toBe(451);
    expect(new Set(whole.cursors).size).toBe(451);
    await fc.assert(
      fc.asyncProperty(fc.nat(450), async (cut) => {
        const rest = await all(settlement.open({ ...query, cursor: whole.cursors[cut] ?? '' }, service));
        expect(rest.cursors).toEqual(whole.cursors.slice(cut + 1));
      }),
      { numRuns: 40 },
    );
  });

  test('ends where changes may still be under way', async () => {
    const soon = new SettlementExport(storeOf(manyOrders(3)), new ManualClock(NOON), () => undefined);
    expect((await all(soon.open(query, service))).end).toBe(new Date(NOON - 10_000).toISOString());
    const parked = new SettlementExport(
      storeOf(manyOrders(3), NOON - 600_000),
      new ManualClock(later),
      () => undefined,
    );
    const { cursors, end } = await all(parked.open(query, service));
    expect(end).toBe(new Date(NOON - 610_000).toISOString());
    expect(cursors).toEqual([]);
  });

  test('reads no page before the one before it was taken', async () => {
    let pages = 0;
    const store = storeOf(manyOrders(900));
    const counting = {
      ...store,
      page: (...args: Parameters<typeof store.page>) => ((pages += 1), store.page(...args)),
    };
    const reading = new SettlementExport(counting, new ManualClock(later), () => undefined).open(
      { ...query, firstShard: 3 },
      service,
    );
    await reading.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pages).toBe(1);
    await reading.next();
    expect(pages).toBe(2);
    await reading.return();
  });

  test('is one of four, and its place is free again when its reader has left', async () => {
    const settlement = new SettlementExport(storeOf(manyOrders(900)), new ManualClock(later), () => undefined);
    const open = Array.from({ length: 4 }, () => settlement.open(query, service));
    await Promise.all(open.map((each) => each.next()));
    expect(() => settlement.open(query, service)).toThrow('under way');
    await open[0]?.return();
    expect(() => settlement.open(query, service)).not.toThrow();
    for (const each of open) await each.return();
  });

  test.each([
    ['cursor', { cursor: '3.1.5' }],
    ['cursor', { cursor: 'x' }],
    ['cursor', { cursor: `9.${NOON - 500}.5`, lastShard: 8 }],
    ['completedTo', { toMs: query.fromMs }],
    ['shardTo', { firstShard: 5, lastShard: 4 }],
  ])('with a wrong %s is refused: %j', (field, wrong) => {
    const settlement = new SettlementExport(storeOf(new Map()), new ManualClock(later), () => undefined);
    expect(() => settlement.open({ ...query, ...wrong }, service)).toThrow(field);
  });

  test('is for services: a token of a merchant is refused', () => {
    const settlement = new SettlementExport(storeOf(new Map()), new ManualClock(later), () => undefined);
    const merchant = { ...service, caller: { ...service.caller, merchantId: '7' } };
    expect(() => settlement.open(query, merchant)).toThrow('bound to nobody');
  });
});
