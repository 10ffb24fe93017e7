/** The export of completed orders over NDJSON and gRPC, on real servers: whole, cut and taken up again, slow, and only for whom it is. */
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { merchantSchema, NodePools, Placement } from '@ordo/sharding';
import {
  aMerchantToken,
  anIdOfShard,
  aPlaceOrder,
  aServiceToken,
  bulkOrderStatements,
  eventually,
} from '@ordo/testing';
import { GrpcClient } from '../harness/grpc-client.js';
import { OrderProcess } from '../harness/order-process.js';
import { RestClient } from '../harness/rest-client.js';

interface Line {
  readonly orderId?: string;
  readonly cursor: string;
  readonly end?: true;
  readonly completedTo?: string;
  readonly orders?: number;
}

/** A day that no other spec completes orders in, so that the counts are this spec's own. */
const DAY = '2025-03-04';
const RANGE = 'completedFrom=2025-03-04T00:00:00Z&completedTo=2025-03-05T00:00:00Z';
const SHARDS = [40, 41] as const;
const OF_A_SHARD = 3_000;
/** Four in five: see the mix of the bulk. */
const COMPLETED = OF_A_SHARD * 2 * 0.8;

/** Where speed is not the subject, a busy machine must not look like a dead node. */
const PATIENT = { acquireDeadlineMs: 15_000, connectTimeoutMs: 15_000, queryDeadlineMs: 20_000 };

let app: OrderProcess;
let token: string;
let pools: NodePools;

beforeAll(async () => {
  app = await OrderProcess.start();
  token = await aServiceToken();
  pools = new NodePools((process.env['ORDO_MYSQL_NODES'] ?? '').split(','), PATIENT);
  const placement = new Placement(pools.all.length);
  for (const shard of SHARDS) {
    const merchantId = anIdOfShard(shard);
    const node = pools.at(placement.merchantNode(shard));
    const firstOrderId = BigInt(merchantId) * 10_000n;
    const ofShard = { schema: merchantSchema(shard), firstOrderId, count: OF_A_SHARD, merchantId };
    await node.query(`DELETE FROM ${ofShard.schema}.order_base WHERE completed_at LIKE '${DAY}%'`);
    for (const statement of bulkOrderStatements({ ...ofShard, lastDay: DAY, perDay: OF_A_SHARD })) {
      await node.query(statement, { deadlineMs: 20_000 });
    }
  }
}, 90_000);

afterAll(async () => {
  await app?.stop();
  await pools?.close();
});

/** Reads lines until `stop` says so, at the pace of `pause`, and then hangs up. */
function lines(query: string, stop: (lines: readonly Line[]) => boolean = () => false): Promise<Line[]> {
  const found: Line[] = [];
  return new Promise((resolve, reject) => {
    const asked = request(`${app.url}/v1/settlement/orders?${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    asked.once('response', (response) => {
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        const parts = (rest + chunk).split('\n');
        rest = parts.pop() ?? '';
        found.push(...parts.map((line) => JSON.parse(line) as Line));
        if (stop(found)) response.destroy();
      });
      response.once('close', () => resolve(found));
    });
    asked.once('error', reject);
    asked.end();
  });
}

describe('an export', () => {
  test('tells every completed order of the range once, by shard and completion, and ends with what it promises', async () => {
    const told = await lines(RANGE);
    const end = told.pop();
    expect(end).toEqual({ end: true, completedTo: '2025-03-05T00:00:00.000Z', orders: COMPLETED });
    expect(told.length).toBe(COMPLETED);
    expect(new Set(told.map(({ orderId }) => orderId)).size).toBe(COMPLETED);
    expect(JSON.stringify(told)).not.toContain('recipient');
    const [first, second] = await Promise.all(
      SHARDS.map((shard) => lines(`${RANGE}&shardFrom=${shard}&shardTo=${shard}`)),
    );
    expect([...(first ?? []).slice(0, -1), ...(second ?? []).slice(0, -1)]).toEqual(told);
  });

  test('that was cut goes on from the last cursor, and has no end line before', async () => {
    const cut = await lines(RANGE, (found) => found.length >= 700);
    expect(cut.some(({ end }) => end)).toBe(false);
    const rest = await lines(`${RANGE}&cursor=${cut.at(-1)?.cursor}`);
    expect(rest.pop()).toMatchObject({ end: true, orders: COMPLETED - cut.length });
    const ids = [...cut, ...rest].map(({ orderId }) => orderId);
    expect(ids.length).toBe(COMPLETED);
    expect(new Set(ids).size).toBe(COMPLETED);
  });

  test('over gRPC is the same orders, in messages that are read as they are taken', async () => {
    const client = new GrpcClient(app.grpcAddress, token);
    const messages = await client.stream('ExportCompletedOrders', {
      ...{ completedFrom: '2025-03-04T00:00:00Z', completedTo: '2025-03-05T00:00:00Z', shardFrom: 40, shardTo: 41 },
    });
    client.close();
    const orders = messages.flatMap(({ orders: some }) => some as { orderId: string }[]);
    const told = (await lines(RANGE)).slice(0, -1);
    expect(orders.map(({ orderId }) => orderId)).toEqual(told.map(({ orderId }) => orderId));
    expect(messages.at(-1)?.['end']).toMatchObject({ completedTo: '2025-03-05T00:00:00.000Z', orders: COMPLETED });
  });

  test('is refused to a merchant, over either protocol, and for a range that makes no sense', async () => {
    const merchant = await aMerchantToken(anIdOfShard(40));
    const rest = new RestClient(app.url, merchant);
    expect((await rest.get(`/v1/settlement/orders?${RANGE}`)).status).toBe(403);
    const client = new GrpcClient(app.grpcAddress, merchant);
    const range = { completedFrom: '2025-03-04T00:00:00Z', completedTo: '2025-03-05T00:00:00Z' };
    await expect(client.stream('ExportCompletedOrders', range)).rejects.toMatchObject({ code: 7 });
    client.close();
    const service = new RestClient(app.url, token);
    for (const query of ['', 'completedFrom=x', `${RANGE}&shardFrom=120`, `${RANGE}&cursor=1.2.3`]) {
      expect([query, (await service.get(`/v1/settlement/orders?${query}`)).status]).toEqual([query, 400]);
    }
  });
});

describe('a feed over gRPC', () => {
  test('is polled and followed as over REST', async () => {
    const merchantId = anIdOfShard(42);
    const client = new GrpcClient(app.grpcAddress, token);
    const start = await client.call('PollMerchantFeed', { merchantId });
    expect(start).toMatchObject({ changed: true, next: '0', orders: [] });
    expect(await client.call('PollMerchantFeed', { merchantId, after: '0' })).toMatchObject({ changed: false });
    const messages: { position: string; order?: { orderId: string; status: string } | null }[] = [];
    const following = client.follow('FollowMerchantFeed', { merchantId, after: '0' });
    following.on('data', (message: (typeof messages)[number]) => messages.push(message));
    following.on('error', () => undefined);
    await eventually(() => messages.length > 0, 'the stream says where it stands');
    const rest = new RestClient(app.url, token);
    const order = aPlaceOrder({ merchantId });
    const orderId = await rest.placed(order);
    await rest.paid(orderId, order.payAmount);
    const told = await eventually(() => messages.find((message) => message.order?.orderId === orderId), 'it is told');
    expect(told.order?.status).toBe('PAID');
    const polled = await client.call('PollMerchantFeed', { merchantId, after: '0' });
    expect(polled).toMatchObject({ changed: true, next: told.position });
    following.cancel();
    client.close();
  });
});
