/**
 * Lists and look-ups of refunds, their ledger and compensations, among some thousands of others: explained before they run and counted
 * while they run. No statement scans a table or sorts more than what belongs to one order. On a real server, in a schema of its own.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { refundStatusCode } from '@ordo/contracts';
import { systemClock } from '@ordo/kernel';
import { type NodePool, NodePools, type ShardTransactions } from '@ordo/sharding';
import { numbersBelow, StatementWitness, testStack } from '@ordo/testing';
import type { AftersalePlacement } from '../change/aftersale-address.js';
import { lockRefunds } from '../change/order-refunds.repository.js';
import { lockBudget, lockGrant } from '../compensation/compensation.repository.js';
import { CompensationBook, type CompensationBookOptions } from '../compensation/compensation-book.js';
import { RefundBook } from '../refund-ledger/refund-book.js';
import { noCompanion } from '../refund-ledger/refund-companion.js';
import { lockLedger } from '../refund-ledger/refund-ledger.repository.js';
import { createScratchSchema } from '../refund-ledger/rehearsal/scratch-schema.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import { RefundReads } from './refund-reads.repository.js';

const SCHEMA = `ordo_spec_statements_${process.pid}`;
const ROWS = 4_000;
const LIMIT = 21;
/** Ends of ranges, and headers. */
const SPARE = 12;
const FIRST = 127_053_183_466_000_000n;
const idOf = (n: number): string => String(FIRST + BigInt(n));
const ORDER = idOf(1_000);
/** Four parties take turns. */
const PARTY = '2';
const NOON = Date.UTC(2026, 10, 20, 12);

let pools: NodePools;
let pool: NodePool;
let witness: StatementWitness;
let reads: RefundReads;
let refunds: RefundBook;
let compensations: CompensationBook;

const fill = (table: string, columns: string, values: string): Promise<unknown> =>
  pool.query(`INSERT INTO ${SCHEMA}.${table} (${columns}) SELECT ${values} FROM ${numbersBelow(ROWS)}`, {
    deadlineMs: 20_000,
  });

/** One in ten was applied for, the others went through: in every party there are both. */
const STATUS = `IF(n DIV 4 % 10 = 0, ${refundStatusCode.APPLIED}, ${refundStatusCode.SUCCEEDED})`;
const at = `TIMESTAMPADD(MINUTE, n, '2026-11-18 00:00:00')`;

async function fillRefunds(): Promise<void> {
  await fill(
    'refund',
    'refund_id, order_id, user_id, merchant_id, biz_type, kind, scope, origin, status, version, currency, amount, payment_id, breakdown, ' +
      'reason, evidence, appeals, role, created_at, change_mark, idem_digest, request_digest',
    `${FIRST}+n, ${FIRST}+n, n%4, n%4, 'takeout', 1, 1, 1, ${STATUS}, 1, 'CNY', 1, 'p', '{}', '', '[]', 0, 1, ${at}, 1, UNHEX(MD5(n)), UNHEX(SHA2(n,256))`,
  );
  await fill(
    'merchant_refund',
    'refund_id, order_id, merchant_id, status, version, document',
    `${FIRST}+n, ${FIRST}+n, n%4, ${STATUS}, 1, '{}'`,
  );
}

async function fillLedgers(): Promise<void> {
  const account = 'order_id, currency, paid, held, confirmed, refund_count, version, change_mark, changed_at';
  await fill('refund_account', account, `${FIRST}+n, 'CNY', 9, 0, 9, 1, 1, 1, ${at}`);
  await fill('refund_line', 'order_id, line_key, payment_id, paid, held, confirmed', `${FIRST}+n, 'a', 'p', 9, 0, 9`);
  await fill('refund_payment', 'order_id, payment_id, channel, paid_at', `${FIRST}+n, 'p', 'generic', ${at}`);
  const counts = 'state, version, sends, looks, failures, refusals';
  await fill(
    'refund_transfer',
    `refund_number, order_id, cause, payment_id, channel, currency, amount, lines_held, ${counts}, reserved_at, sent_at, changed_at`,
    `CONCAT(${FIRST}+n, '-1'), ${FIRST}+n, 'c', 'p', 'generic', 'CNY', 9, '[]', 5, 3, 1, 0, 0, 0, ${at}, ${at}, ${at}`,
  );
  await fill(
    'compensation_grant',
    'grant_number, order_id, rule_name, rule_version, user_id, merchant_id, biz_type, asset, currency, amount, liable, budget_day, facts, ' +
      `${counts}, reserved_at, changed_at, change_mark, grant_id`,
    `CONCAT(${FIRST}+n, '-c-late'), ${FIRST}+n, 'late', 1, n%4, n%4, 'takeout', 'CASH', 'CNY', 1, 'CARRIER', DATE(${at}), '{}', ` +
      `5, 3, 1, 0, 0, 0, ${at}, ${at}, 1, ${FIRST}+n`,
  );
  await fill('compensation_budget', 'rule_name, budget_day, granted, grants', `CONCAT('rule-', n), '2026-11-18', 0, 0`);
}

beforeAll(async () => {
  pools = new NodePools([testStack().mysqlNodes[0] ?? ''], { connectionLimit: 2, queryDeadlineMs: 20_000 });
  pool = pools.at(0);
  await createScratchSchema(pool, SCHEMA);
  await fillRefunds();
  await fillLedgers();
  witness = new StatementWitness(pools);
  const address = { node: 0, schema: SCHEMA, shard: 0, shards: 12 };
  const addressOf = () => address;
  const placement = { ofNumber: addressOf, ofUser: addressOf, ofMerchant: addressOf };
  reads = new RefundReads(witness.pools, placement as unknown as AftersalePlacement);
  const stores = { pools: witness.pools, transactions: {} as ShardTransactions, addressOf, addresses: [address] };
  const timers = { plan: () => ({ insert: { into: '', row: '' }, announce: async () => undefined }) };
  refunds = new RefundBook(stores, { timers, companion: noCompanion, pace: defaultPace, clock: systemClock });
  compensations = new CompensationBook(stores, {} as CompensationBookOptions);
}, 60_000);

afterAll(async () => {
  await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

const countOf = async (read: () => Promise<{ readonly length: number }>): Promise<number> =>
  (await witness.watching(read)).length;

describe('a page of refunds', () => {
  const behind = idOf(2_000);
  test.each([undefined, 'APPLIED'] as const)('of a user with the status %s is cut in by_user', async (status) => {
    for (const before of [undefined, behind]) {
      expect(await countOf(() => reads.ofUser(PARTY, { status, before, limit: LIMIT }))).toBe(LIMIT);
      expect(witness.keys).toEqual(['by_user']);
      // A status is filtered on the way: one in ten has it.
      expect(witness.complaints({ rows: (status === undefined ? 1 : 10) * LIMIT + SPARE })).toEqual([]);
    }
  });

  test.each([
    [undefined, 'by_merchant'],
    ['APPLIED', 'by_merchant_status'],
  ] as const)('of a merchant with the status %s is cut in %s', async (status, key) => {
    for (const before of [undefined, behind]) {
      expect(await countOf(() => reads.ofMerchant(PARTY, { status, before, limit: LIMIT }))).toBe(LIMIT);
      expect(witness.keys).toEqual([key]);
      expect(witness.complaints({ rows: LIMIT + SPARE })).toEqual([]);
    }
  });
});

describe('what belongs to one order', () => {
  test('is its refunds, by id or all of them, with a lock or without', async () => {
    await witness.watching(() => reads.find(ORDER));
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
    expect(await countOf(() => reads.ofOrder(ORDER))).toBe(1);
    expect(witness.complaints({ rows: SPARE, sorts: true })).toEqual([]);
    await witness.watching(() => witness.pools.at(0).query(lockRefunds(ORDER, { node: 0, schema: SCHEMA })));
    expect(witness.complaints({ rows: SPARE, sorts: true })).toEqual([]);
  });

  test('is what it has to be told, by the id of one of its refunds', async () => {
    const facts = await witness.watching(() => reads.around(ORDER));
    expect(facts).toMatchObject({ refunds: [{ refundId: ORDER }], paid: 9, confirmed: 9 });
    expect(witness.complaints({ rows: SPARE, sorts: true })).toEqual([]);
    expect(await reads.around(idOf(ROWS + 1))).toEqual({ refunds: [], paid: 0, confirmed: 0 });
  });

  test('is its ledger: account, lines, payments and transfers, each by its primary key', async () => {
    const ledger = await witness.watching(() => refunds.readOrder(ORDER));
    expect(ledger).toMatchObject({ account: { paid: 9 }, lines: [{}], payments: [{}], transfers: [{}] });
    expect(witness.plans).toHaveLength(4);
    expect(witness.complaints({ rows: SPARE, sorts: true })).toEqual([]);
    const locked = lockLedger(ORDER, { node: 0, schema: SCHEMA }).join(';');
    await witness.watching(() => witness.pools.at(0).query(locked));
    expect(witness.plans).toHaveLength(4);
    expect(witness.complaints({ rows: SPARE, sorts: true })).toEqual([]);
    expect(await witness.watching(() => refunds.read(`${ORDER}-1`))).toBeDefined();
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
  });

  test('is its compensations: by rule, by id, all of them', async () => {
    expect(await countOf(() => compensations.readOrder(ORDER))).toBe(1);
    expect([witness.keys, witness.complaints({ rows: SPARE })]).toEqual([['PRIMARY'], []]);
    expect(await witness.watching(() => compensations.read(`${ORDER}-c-late`))).toBeDefined();
    expect([witness.keys, witness.complaints({ rows: 2 })]).toEqual([['PRIMARY'], []]);
    expect(await witness.watching(() => compensations.find(ORDER))).toBeDefined();
    expect([witness.keys, witness.complaints({ rows: 3 })]).toEqual([['by_grant_id'], []]);
    const locks = [lockGrant(SCHEMA, ORDER, 'late'), lockBudget(SCHEMA, 'rule-7', '2026-11-18')].join(';');
    await witness.watching(() => witness.pools.at(0).query(locks));
    expect([witness.keys, witness.complaints({ rows: 4 })]).toEqual([['PRIMARY', 'PRIMARY'], []]);
  });
});

describe('a day of the ledger', () => {
  test('is read for reconciliation from by_sent, and no other day', async () => {
    const hour = 60;
    expect(await countOf(() => refunds.sentBetween(NOON, NOON + 3_600_000))).toBe(hour);
    expect([witness.keys, witness.complaints({ rows: hour + SPARE })]).toEqual([['by_sent'], []]);
  });
});
