/** The projection on the real merchant shard: whatever is repeated, late or overtaken, it ends at the newest version with one serial. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OrderStatus } from '@ordo/contracts';
import type { OutboxRow } from '@ordo/outbox';
import { merchantSchema, NodePools, Placement, shardOf } from '@ordo/sharding';
import fc from 'fast-check';
import { OrderCache } from '../change/order-cache.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';
import { OrderRelay } from './order-relay.js';

const nodes = process.env['ORDO_MYSQL_NODES'];
const DAY = '2026-11-20';
const NOON = Date.UTC(2026, 10, 20, 12);
const ext: OrderExt = {
  items: [],
  discounts: [],
  fees: { delivery: 0 },
  recipient: { name: '', phone: '', address: '' },
  extension: {},
  remark: '',
};

/** Versions 1 to 4 of one order, as its outbox rows say them. */
function lifeOf(orderId: string, userId: string, merchantId: string): OutboxRow[] {
  const created: OrderBase = {
    ...{ orderId, userId, merchantId, bizType: 'takeout', status: OrderStatus.CREATED, version: 1, tags: 0 },
    ...{ currency: 'CNY', payAmount: 100, goodsAmount: 100, packingAmount: 0, deliveryAmount: 0, discountAmount: 0 },
    ...{ businessDate: null, daySerial: null, deadlineAt: null, createdAt: NOON, paidAt: null, acceptedAt: null },
    ...{ receivedAt: null, completedAt: null, invalidatedAt: null, reasonCode: null, role: 1, paymentId: null },
  };
  const paid = { ...created, status: OrderStatus.PAID, version: 2, paidAt: NOON, businessDate: DAY, paymentId: 'p' };
  const accepted = { ...paid, status: OrderStatus.ACCEPTED, version: 3, acceptedAt: NOON + 1_000 };
  const received = { ...accepted, status: OrderStatus.RECEIVED, version: 4, receivedAt: NOON + 2_000 };
  const types = ['order.created', 'order.paid', 'order.accepted', 'order.received'];
  return [created, paid, accepted, received].map((base, index) => ({
    ...{ id: String(index + 1), lane: 0, orderId, version: base.version, type: types[index] ?? '' },
    ...{ userShard: shardOf(userId), merchantShard: shardOf(merchantId), occurredAt: NOON, traceParent: null },
    payload: JSON.stringify({
      base,
      ...(base.version === 1 ? { ext } : {}),
      event: { role: 1, reasonCode: null, note: null, data: {} },
    }),
  }));
}

describe('the projection of orders', () => {
  let pools: NodePools;
  let relay: OrderRelay;
  const placement = new Placement(2);
  let next = BigInt(Date.now()) * 1_000n;
  const newId = (): string => String((next += 7n));

  const stored = async (orderId: string, merchantId: string): Promise<Record<string, unknown> | undefined> => {
    const schema = merchantSchema(shardOf(merchantId));
    const sql =
      `SELECT b.version, b.status, b.day_serial, b.accepted_at,` +
      ` (SELECT COUNT(*) FROM ${schema}.order_event v WHERE v.order_id=b.order_id) AS events,` +
      ` (SELECT COUNT(*) FROM ${schema}.order_ext x WHERE x.order_id=b.order_id) AS exts` +
      ` FROM ${schema}.order_base b WHERE b.order_id=${orderId}`;
    const rows = await pools.at(placement.merchantNode(shardOf(merchantId))).query<Record<string, unknown>[]>(sql);
    return rows[0];
  };

  beforeAll(() => {
    if (nodes === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run these specs with `npm test`');
    pools = new NodePools(nodes.split(','));
    relay = new OrderRelay(pools, placement, new OrderCache({ put: () => Promise.resolve() }), {
      raise: () => Promise.resolve(),
    });
  });

  afterAll(() => pools.close());

  it('ends at the newest version, with every event once and one serial, in whatever order versions come and repeat', async () => {
    const deliveries = fc.array(fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(deliveries, async (passes) => {
        const [orderId, userId, merchantId] = [newId(), newId(), newId()];
        const life = lifeOf(orderId, userId, merchantId);
        const node = placement.merchantNode(shardOf(merchantId));
        const everything = [...passes, [3], [2], [1], [0]];
        for (const pass of everything) {
          const rows = [...new Set(pass)].flatMap((index) => life[index] ?? []);
          // The relay never has two versions of one order in a pass; here they come one after the other.
          for (const row of rows) await relay.project(node, [row]);
        }
        expect(await stored(orderId, merchantId)).toMatchObject({
          version: 4,
          status: 40,
          day_serial: 1,
          events: '4',
          exts: '1',
        });
      }),
      { numRuns: 15 },
    );
  });

  it('upserts a later version whose row is missing, alone and among many of its shard', async () => {
    const merchantId = newId();
    const node = placement.merchantNode(shardOf(merchantId));
    const orders = Array.from({ length: 6 }, () => newId());
    const accepted = orders.flatMap((orderId) => lifeOf(orderId, newId(), merchantId)[2] ?? []);
    await relay.project(node, accepted.slice(0, 1));
    await relay.project(node, accepted.slice(1));
    for (const orderId of orders) expect(await stored(orderId, merchantId)).toMatchObject({ version: 3, status: 30 });
  });

  it('gives the orders of one merchant and day serials without a double, also when two relays give them at once', async () => {
    const merchantId = newId();
    const node = placement.merchantNode(shardOf(merchantId));
    const paid = Array.from({ length: 40 }, () => lifeOf(newId(), newId(), merchantId)[1]).flatMap((row) => row ?? []);
    const quarters = [0, 1, 2, 3].map((quarter) => paid.slice(quarter * 10, quarter * 10 + 10));
    await Promise.all([...quarters, ...quarters.slice(0, 1)].map((rows) => relay.project(node, rows)));
    const serials = await Promise.all(paid.map(async (row) => (await stored(row.orderId, merchantId))?.['day_serial']));
    expect(new Set(serials).size).toBe(40);
    expect(serials.every((serial) => Number(serial) >= 1)).toBe(true);
  });

  it('keeps the serial of an order that is projected again', async () => {
    const [orderId, userId, merchantId] = [newId(), newId(), newId()];
    const life = lifeOf(orderId, userId, merchantId);
    const node = placement.merchantNode(shardOf(merchantId));
    const another = lifeOf(newId(), newId(), merchantId);
    for (const row of [life[0], life[1], another[1], life[1]]) if (row !== undefined) await relay.project(node, [row]);
    expect(await stored(orderId, merchantId)).toMatchObject({ day_serial: 1 });
  });
});
