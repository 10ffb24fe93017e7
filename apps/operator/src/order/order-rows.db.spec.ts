/** `order show` against the real nodes: rows of one order that only this spec knows, put in by hand and taken out again. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { encodeOrderNumber, NodePools, Placement } from '@ordo/sharding';
import { orderReport } from './order-report.js';
import { readOrderRows } from './order-rows.repository.js';

const urls = urlsOfEnvironment();
const pools = new NodePools(urls, { connectionLimit: 2 });
const placement = new Placement(urls.length);
// Second 1 of the number's epoch: no running generator can ever make this number again.
const orderId = encodeOrderNumber({ second: 1, userShard: 117, merchantShard: 117, worker: 255, sequence: 1023 });
const userNode = pools.at(placement.userNode(117));
const merchantNode = pools.at(placement.merchantNode(117));
const COMMON =
  'order_id, user_id, merchant_id, biz_type, status, version, currency, pay_amount, goods_amount, packing_amount, delivery_amount, discount_amount, created_at';
const values = (status: number, version: number): string =>
  `${orderId}, 117, 117, 1, ${status}, ${version}, 'CNY', 5, 5, 0, 0, 0, '2025-01-01 00:00:01.000'`;

async function removeRows(): Promise<void> {
  await userNode.query(`DELETE FROM ordo_user_117.order_base WHERE order_id = ${orderId}`);
  await merchantNode.query(`DELETE FROM ordo_merchant_117.order_base WHERE order_id = ${orderId}`);
  await merchantNode.query(`DELETE FROM ordo_merchant_117.order_event WHERE order_id = ${orderId}`);
}

beforeAll(async () => {
  await removeRows();
  await userNode.query(
    `INSERT INTO ordo_user_117.order_base (${COMMON}, change_mark, idem_digest) VALUES (${values(20, 2)}, 1, x'${'00'.repeat(16)}')`,
  );
  await merchantNode.query(`INSERT INTO ordo_merchant_117.order_base (${COMMON}) VALUES (${values(10, 1)})`);
  await merchantNode.query(
    `INSERT INTO ordo_merchant_117.order_event (order_id, version, merchant_id, type, status, occurred_at) VALUES (${orderId}, 1, 117, 'order.created', 10, '2025-01-01 00:00:01.000')`,
  );
});
afterAll(async () => {
  await removeRows();
  await pools.close();
});

describe('the stored rows of an order', () => {
  it('are shown of both dimensions, with what the projection has not caught up on marked', async () => {
    const lines = orderReport(orderId, await readOrderRows(pools, placement, orderId));
    expect(lines).toContain('version          2                          1 ≠');
    expect(lines).toContain('status           20                         10 ≠');
    expect(lines).toContain('pay_amount       5                          5');
    expect(lines).toContain('waiting in the outbox: none');
    expect(lines).toContain('  version 1  type order.created  status 10  occurred_at 2025-01-01 00:00:01.000');
  });

  it('are shown of one dimension when the node of the other does not answer', async () => {
    const halfDead = new NodePools(
      urls.map((url, node) => (node === userNode.index ? url : 'mysql://nobody@127.0.0.1:1')),
    );
    try {
      const text = orderReport(orderId, await readOrderRows(halfDead, placement, orderId)).join('\n');
      expect(text).toMatch(/merchant shard: node-\d+ cannot be used now/);
      expect(text).toMatch(/^version +2$/m);
    } finally {
      await halfDead.close();
    }
  });
});

function urlsOfEnvironment(): readonly string[] {
  const text = process.env['ORDO_MYSQL_NODES'];
  if (text === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run `npm test`');
  return text.split(',');
}
