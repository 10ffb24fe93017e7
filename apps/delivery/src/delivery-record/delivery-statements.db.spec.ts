/**
 * Look-ups of deliveries by order and by waybill, and the list of what a carrier has not acknowledged, among some thousands of others:
 * explained before they run and counted while they run. No statement scans a table or sorts more than what belongs to one order.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeOrderNumber, type NodePool, NodePools, Placement } from '@ordo/sharding';
import { numbersBelow, StatementWitness, testStack } from '@ordo/testing';
import { openWaybills } from '../change/opened-waybills.js';
import { CarrierReportRepository } from '../disputes/carrier-report.repository.js';
import { MerchantContractRepository } from '../merchant-contracts/merchant-contract.repository.js';
import {
  addressOf,
  DELIVERY_CONTROL_SCHEMA,
  DELIVERY_NODE_SCHEMA,
  type DeliveryAddress,
} from '../schemas/delivery-schemas.js';
import { deleteHandOff, WaybillRepository } from '../waybills/waybill.repository.js';
import { DeliveryRepository } from './delivery.repository.js';

const ROWS = 4_000;
/** Ends of ranges, and headers. */
const SPARE = 12;
const LIMIT = 50;
const CARRIER = `spec-${process.pid}`;
/** Of one shard, one after the other: the sequence and the worker are the last bits of a number. */
const ORDER = encodeOrderNumber({
  second: 1_000 + process.pid,
  userShard: 7,
  merchantShard: 8,
  worker: 3,
  sequence: 9,
});
const FIRST = BigInt(ORDER) - 1_000n;
const at = `'2026-11-20 12:00:00'`;

let pools: NodePools;
let pool: NodePool;
let address: DeliveryAddress;
let witness: StatementWitness;
let deliveries: DeliveryRepository;
let waybills: WaybillRepository;

const fill = (table: string, columns: string, values: string): Promise<unknown> =>
  pool.query(`INSERT INTO ${table} (${columns}) SELECT ${values} FROM ${numbersBelow(ROWS)}`, { deadlineMs: 20_000 });

const range = `BETWEEN ${FIRST} AND ${FIRST + BigInt(ROWS)}`;
const filled = (schema: string): readonly string[] => [
  ...['delivery', 'delivery_event', 'waybill', 'carrier_report'].map(
    (table) => `DELETE FROM ${schema}.${table} WHERE order_id ${range}`,
  ),
  `DELETE FROM ${DELIVERY_NODE_SCHEMA}.hand_off WHERE order_id ${range}`,
];

beforeAll(async () => {
  const urls = testStack().mysqlNodes;
  pools = new NodePools([...urls], { connectionLimit: 2, queryDeadlineMs: 20_000 });
  const placement = new Placement(urls.length);
  address = addressOf(ORDER, placement);
  pool = pools.at(address.node);
  const { schema } = address;
  await fill(
    `${schema}.delivery`,
    'order_id, delivery_id, user_id, merchant_id, biz_type, currency, version, state, attempt, since_at, created_at, change_mark',
    `${FIRST}+n, ${FIRST}+n, 1, 1, 'takeout', 'CNY', 2, 10, 1, ${at}, ${at}, 1`,
  );
  await fill(
    `${schema}.delivery_event`,
    'order_id, version, type, state, attempt, occurred_at',
    `${FIRST}+1000*(n%4), n DIV 4, 'delivery.created', 10, 1, ${at}`,
  );
  await fill(
    `${schema}.waybill`,
    'order_id, attempt, carrier, credential, payload, digest, called_at',
    `${FIRST}+n, 1, '${CARRIER}', REPEAT('c',43), '{}', SHA2(n,256), ${at}`,
  );
  await fill(
    `${schema}.carrier_report`,
    'order_id, attempt, carrier, received_at, occurred_at, state, sub_state, outcome, nonce, raw',
    `${FIRST}+n DIV 4, 1, '${CARRIER}', ${at}, ${at}, 10, 'SLOW', 'applied', MD5(n), '{}'`,
  );
  await fill(
    `${DELIVERY_NODE_SCHEMA}.hand_off`,
    'carrier, order_id, attempt, created_at',
    `IF(n%2, '${CARRIER}', '${CARRIER}-2'), ${FIRST}+n, 1, ${at}`,
  );
  witness = new StatementWitness(pools);
  deliveries = new DeliveryRepository(witness.pools, placement);
  waybills = new WaybillRepository(witness.pools, placement);
}, 60_000);

afterAll(async () => {
  for (const statement of filled(address.schema)) await pool.query(statement, { deadlineMs: 20_000 });
  const contracts = `merchant_id BETWEEN ${FIRST} AND ${FIRST + 3n}`;
  await pools.at(0).query(`DELETE FROM ${DELIVERY_CONTROL_SCHEMA}.merchant_contract WHERE ${contracts}`);
  await pools.close();
});

describe('a delivery', () => {
  test('is found by its order, and its waybill by order and attempt', async () => {
    expect(await witness.watching(() => deliveries.read(ORDER))).toBeDefined();
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
    expect(await witness.watching(() => waybills.read(ORDER, 1))).toBeDefined();
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
  });

  test('tells its timeline from the primary key in its order, whatever others there are', async () => {
    const entries = await witness.watching(() => deliveries.timeline(ORDER));
    expect(entries).toHaveLength(1_000);
    expect([witness.keys, witness.complaints({ rows: 1_000 + SPARE })]).toEqual([['PRIMARY'], []]);
  });

  test('is opened for a change with its waybills, its hand-offs and the reasons of its own reports', async () => {
    const opening = openWaybills(ORDER, address).join(';');
    await witness.watching(() => witness.pools.at(address.node).query(opening));
    expect(witness.keys).toEqual(['PRIMARY', 'PRIMARY', 'by_order']);
    expect(witness.complaints({ rows: 4 + 2 * SPARE, sorts: true })).toEqual([]);
    await witness.watching(() => deliveries.subStates(String(FIRST), 1));
    expect([witness.keys, witness.complaints({ rows: 4 + SPARE, sorts: true })]).toEqual([['by_order'], []]);
  });
});

describe('what carriers said of an order', () => {
  test('is paged in by_order, from the begin and behind a report', async () => {
    const reports = new CarrierReportRepository(witness.pools, new Placement(pools.all.length));
    const first = await witness.watching(() => reports.of(String(FIRST), undefined, 2));
    expect([witness.keys, witness.complaints({ rows: 2 + SPARE })]).toEqual([['by_order'], []]);
    const next = await witness.watching(() => reports.of(String(FIRST), first[1]?.reportId, 2));
    expect([first.length, next.length]).toEqual([2, 2]);
    expect([witness.keys, witness.complaints({ rows: 2 + SPARE })]).toEqual([['by_order'], []]);
  });
});

describe('what a carrier has not acknowledged', () => {
  test('is paged in by_carrier, from the begin and behind a position', async () => {
    const first = await witness.watching(() =>
      waybills.unacknowledged(CARRIER, { node: address.node, id: '0' }, LIMIT),
    );
    expect([witness.keys, witness.complaints({ rows: LIMIT + SPARE })]).toEqual([['by_carrier'], []]);
    const behind = { node: address.node, id: first.at(-1)?.id ?? '0' };
    const next = await witness.watching(() => waybills.unacknowledged(CARRIER, behind, LIMIT));
    expect([first.length, next.length]).toEqual([LIMIT, LIMIT]);
    expect([witness.keys, witness.complaints({ rows: LIMIT + SPARE })]).toEqual([['by_carrier'], []]);
  });

  test('is shortened by one, by order and attempt', async () => {
    await witness.watching(() => witness.pools.at(address.node).query(deleteHandOff(ORDER, 1)));
    expect([witness.keys, witness.complaints({ rows: 4 })]).toEqual([['PRIMARY'], []]);
  });
});

describe('a merchant’s contract', () => {
  test('is the newest version, from the end of the primary key', async () => {
    const merchant = String(FIRST);
    const columns = 'merchant_id, version, valid_from, contract, hand_off';
    const versions = `${merchant}+n%4, n DIV 4, ${at}, '{}', 'CALL'`;
    const into = `${DELIVERY_CONTROL_SCHEMA}.merchant_contract`;
    const sql = `INSERT INTO ${into} (${columns}) SELECT ${versions} FROM ${numbersBelow(ROWS)}`;
    await pools.at(0).query(sql, { deadlineMs: 20_000 });
    const contracts = new MerchantContractRepository(witness.pools.at(0));
    expect((await witness.watching(() => contracts.termsOf(merchant, Date.UTC(2026, 11, 1)))).handOff).toBe('CALL');
    expect([witness.keys, witness.complaints({ rows: SPARE })]).toEqual([['PRIMARY'], []]);
    const [newest] = await witness.watching(() => contracts.list(merchant, undefined, 2));
    expect([newest?.version, witness.keys, witness.complaints({ rows: 2 + SPARE })]).toEqual([999, ['PRIMARY'], []]);
    const behind = await witness.watching(() => contracts.list(merchant, '900', 2));
    expect([behind[0]?.version, witness.keys, witness.complaints({ rows: 2 + SPARE })]).toEqual([899, ['PRIMARY'], []]);
    await witness.watching(() => contracts.read(merchant, 900));
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
  });
});
