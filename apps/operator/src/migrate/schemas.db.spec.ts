/** The platform's own migrations on the two real nodes: what they make is what the plan of the house says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { migrations } from '@ordo/migrations';
import {
  applyMigrations,
  assertSchemasCurrent,
  LANE_COUNT,
  laneSchema,
  type MigrationPlacement,
  migrationStatus,
  NodePools,
  planMigrations,
} from '@ordo/sharding';
import { statusReport } from './status-report.js';

const PREFIX = 'spec_schemas_';
const nodeUrls = urlsOfEnvironment();
const pools = new NodePools(nodeUrls, { connectionLimit: 2, queryDeadlineMs: 10_000 });
const placement: MigrationPlacement = {
  nodeCount: 2,
  userShardsOf: (node) => (node === 0 ? [0] : []),
  merchantShardsOf: (node) => (node === 1 ? [0] : []),
};
const LANES = Array.from({ length: LANE_COUNT }, (_, lane) => laneSchema('aftersale_', lane));
const REFUND_TABLES = [
  ...['callback_nonce', 'compensation_budget', 'compensation_grant', 'compensation_ledger'],
  ...['merchant_refund', 'ordo_migration', 'refund'],
  ...['refund_account', 'refund_ledger', 'refund_line', 'refund_payment', 'refund_transfer'],
];
const SINGLE = ['node', 'control', 'aftersale_node', 'delivery_node', 'delivery_control'];
const SCHEMAS = ['user_000', 'merchant_000', 'delivery_000', ...SINGLE, ...LANES].map((name) => PREFIX + name);
const NODE_TABLES = [
  ...['broadcast_switch', 'inbox', 'lease', 'member', 'ordo_migration', 'outbox', 'outbox_second', 'timer'],
  'timer_switch',
];
const view = { readers: pools.all, placement, migrations, prefix: PREFIX };

async function dropAll(): Promise<void> {
  for (const pool of pools.all) for (const schema of SCHEMAS) await pool.query(`DROP DATABASE IF EXISTS ${schema}`);
}

beforeAll(async () => {
  await dropAll();
  await applyMigrations({ nodeUrls, placement, migrations, prefix: PREFIX });
});
afterAll(async () => {
  await dropAll();
  await pools.close();
});

describe('the migrations of the platform', () => {
  it.each<[string, number, readonly string[]]>([
    ['user_000', 0, ['order_base', 'order_ext', 'order_payment', 'ordo_migration']],
    ['merchant_000', 1, ['daily_serial', 'feed_head', 'order_base', 'order_event', 'order_ext', 'ordo_migration']],
    ['node', 0, NODE_TABLES],
    ['node', 1, NODE_TABLES],
    ['control', 0, ['lease', 'ordo_migration']],
    [
      'delivery_control',
      0,
      [
        ...['lane', 'lane_debt', 'lease', 'merchant_contract', 'ordo_migration', 'promise_instance', 'promise_room'],
        'promise_switch',
      ],
    ],
    ['delivery_000', 0, ['carrier_report', 'delivery', 'delivery_event', 'ordo_migration', 'waybill']],
    ['delivery_node', 1, ['carrier_nonce', 'hand_off', ...NODE_TABLES].sort()],
    ['aftersale_00', 0, REFUND_TABLES],
    ['aftersale_11', 1, REFUND_TABLES],
    ['aftersale_node', 1, NODE_TABLES],
  ])('make in %s on node %i the tables %j', async (schema, node, tables) => {
    const sql = `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = '${PREFIX}${schema}' ORDER BY table_name`;
    const rows = await pools.at(node).query<readonly { name: string }[]>(sql);
    expect(rows.map(({ name }) => name)).toEqual(tables);
  });

  it('leave nothing to plan and let an application boot', async () => {
    expect(await planMigrations(view)).toEqual([]);
    await expect(assertSchemasCurrent(view)).resolves.toEqual({
      checkedSchemas: 9 + LANES.length + 2,
      unreachableNodes: [],
    });
    const { isCurrent, lines } = statusReport(await migrationStatus(view));
    expect(isCurrent).toBe(true);
    expect(lines.join('\n')).toMatch(/^node +2\/2 {2}0001-create-outbox$/m);
  });

  it('give both dimensions the same base columns, but for what only one of them needs', async () => {
    const [user, merchant] = await Promise.all([columnsOf(0, 'user_000'), columnsOf(1, 'merchant_000')]);
    expect(user.filter((column) => !merchant.includes(column))).toEqual(['change_mark', 'idem_digest']);
    expect(merchant.filter((column) => !user.includes(column))).toEqual(['feed_version']);
  });

  it('refuse a second order under one idempotency key of one user, and allow the key to another user', async () => {
    const insert = (orderId: number, userId: number): Promise<unknown> =>
      pools.at(0).query(
        `INSERT INTO ${PREFIX}user_000.order_base (order_id, user_id, merchant_id, biz_type, status, version, currency, pay_amount,
         goods_amount, packing_amount, delivery_amount, discount_amount, created_at, change_mark, idem_digest)
         VALUES (${orderId}, ${userId}, 5, 1, 10, 1, 'CNY', 1, 1, 0, 0, 0, '2026-01-01 00:00:00.123', 1, x'${'ab'.repeat(16)}')`,
      );
    await insert(1, 120);
    await insert(2, 240);
    await expect(insert(3, 120)).rejects.toMatchObject({ errno: 1062 });
  });
});

async function columnsOf(node: number, schema: string): Promise<readonly string[]> {
  const rows = await pools
    .at(node)
    .query<readonly { name: string }[]>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_schema = '${PREFIX}${schema}' AND table_name = 'order_base' ORDER BY ordinal_position`,
    );
  return rows.map(({ name }) => name);
}

function urlsOfEnvironment(): readonly string[] {
  const text = process.env['ORDO_MYSQL_NODES'];
  if (text === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run `npm test`');
  return text.split(',');
}
