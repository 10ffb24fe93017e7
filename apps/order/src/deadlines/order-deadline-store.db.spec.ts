/** The deadlines of orders as a timer store, by the contract of the port, on the real servers; and what only orders have. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { InvalidReason, OrderStatus, orderStatusCode, Role } from '@ordo/contracts';
import {
  dateTimeText,
  msOfDateTime,
  type NodePool,
  NodePools,
  Placement,
  quote,
  ShardTransactions,
  userSchema,
} from '@ordo/sharding';
import { anId, anIdOfShard, testStack } from '@ordo/testing';
import { type IndexEntry, slotOf, type TimerStoreHarness, timerStoreContract } from '@ordo/timers';
import { OrderCache } from '../change/order-cache.js';
import type { OrderChangePayload } from '../change/order-change.js';
import { BASE_COLUMNS, baseLiterals, EXT_COLUMNS, extLiterals } from '../record/order-columns.js';
import type { OrderBase, OrderExt } from '../record/order-record.js';
import { DeadlineRepository } from './deadline.repository.js';
import { OrderDeadlineStore } from './order-deadline-store.js';

/** Leftovers of other specs in this shard lose their deadlines: the contract asks for an empty queue. */
const SHARD = 117;
const SCHEMA = userSchema(SHARD);
const USER = anIdOfShard(SHARD);
const NOBODY = 99;

let pools: NodePools;
let pool: NodePool;
let transactions: ShardTransactions;
let store: OrderDeadlineStore;
let noted: OrderBase[];
let broken: string[];
let plans: { readonly type: string; readonly key: string | null; readonly Extra: string | null }[];

beforeAll(async () => {
  const placement = new Placement(testStack().mysqlNodes.length);
  pools = new NodePools(testStack().mysqlNodes, { connectionLimit: 4 });
  pool = pools.at(placement.userNode(SHARD));
  transactions = new ShardTransactions(pools);
  await pool.query(`UPDATE ${SCHEMA}.order_base SET deadline_at=NULL WHERE deadline_at IS NOT NULL`);
  store = new OrderDeadlineStore({
    ...{ placement, transactions, repository: new DeadlineRepository(pools, placement) },
    cache: new OrderCache({ put: () => Promise.resolve() }),
    sink: { note: (base) => void noted.push(base) },
    onFailed: (orderIds) => void broken.push(...orderIds),
  });
  noted = [];
  broken = [];
});

afterEach(async () => {
  noted = [];
  broken = [];
  const own = `SELECT order_id FROM ${SCHEMA}.order_base WHERE user_id=${USER}`;
  await pool.query(`DELETE FROM ordo_node.outbox WHERE order_id IN (${own});
    DELETE FROM ${SCHEMA}.order_ext WHERE order_id IN (${own}); DELETE FROM ${SCHEMA}.order_base WHERE user_id=${USER}`);
});

afterAll(async () => {
  await transactions?.drain();
  await pools?.close();
});

const ext: OrderExt = {
  ...{ items: [], discounts: [], fees: { delivery: 0 }, extension: {}, remark: '' },
  recipient: { name: '', phone: '', address: '' },
};

const anOrder = (over: Partial<OrderBase>): OrderBase => ({
  ...{ orderId: anId(), userId: USER, merchantId: anId(), bizType: 'takeout', status: OrderStatus.CREATED, version: 1 },
  ...{ tags: 0, currency: 'CNY', payAmount: 100, goodsAmount: 100, packingAmount: 0, deliveryAmount: 0 },
  ...{ discountAmount: 0, businessDate: null, daySerial: null, deadlineAt: null, createdAt: 0, paidAt: null },
  ...{ acceptedAt: null, receivedAt: null, completedAt: null, invalidatedAt: null, reasonCode: null, role: Role.USER },
  ...{ paymentId: null, ...over },
});

async function insert(orders: readonly OrderBase[]): Promise<IndexEntry[]> {
  const bases = orders.map((base, at) => `(${baseLiterals(base)},${at},UNHEX(MD5(${base.orderId})))`);
  const exts = orders.map(({ orderId }) => `(${extLiterals(orderId, ext)},${quote(Buffer.alloc(32))})`);
  await pool.query(`INSERT INTO ${SCHEMA}.order_base (${BASE_COLUMNS}, change_mark, idem_digest) VALUES ${bases.join(',')};
    INSERT INTO ${SCHEMA}.order_ext (${EXT_COLUMNS}, request_digest) VALUES ${exts.join(',')}`);
  return orders.map(({ orderId, deadlineAt }) => ({ id: orderId, partition: SHARD, slot: slotOf(deadlineAt ?? 0) }));
}

async function one(over: Partial<OrderBase>): Promise<IndexEntry> {
  const [entry] = await insert([anOrder(over)]);
  if (entry === undefined) throw new Error('no order');
  return entry;
}

const nowMs = async (): Promise<number> =>
  msOfDateTime(String((await pool.query('SELECT UTC_TIMESTAMP(3) AS now'))[0]?.['now']));

async function rowOf({ id }: IndexEntry): Promise<Record<string, unknown>> {
  const [row] = await pool.query<Record<string, unknown>[]>(`SELECT * FROM ${SCHEMA}.order_base WHERE order_id=${id}`);
  return row ?? {};
}

/** What the relay will make of it. */
async function toldOf({
  id,
}: IndexEntry): Promise<{ type: string; payload: OrderChangePayload; occurredAt: number }[]> {
  const rows = await pool.query(`SELECT type, occurred_at, payload FROM ordo_node.outbox WHERE order_id=${id}`);
  return rows.map((row) => ({
    type: String(row['type']),
    occurredAt: msOfDateTime(String(row['occurred_at'])),
    payload: JSON.parse(String(row['payload'])),
  }));
}

const setDeadline = (entry: IndexEntry, dueMs: number | null): Promise<unknown> =>
  pool.query(
    `UPDATE ${SCHEMA}.order_base SET version=version+1, deadline_at=${quote(dateTimeText(dueMs))} WHERE order_id=${entry.id}`,
  );

const harness = (): TimerStoreHarness => ({
  store,
  partition: SHARD,
  nowMs,
  set: (dueMs) => insert(dueMs.map((deadlineAt) => anOrder({ deadlineAt }))),
  cancel: async (entry) => void (await setDeadline(entry, null)),
  reschedule: async (entry, dueMs) => void (await setDeadline(entry, dueMs)),
  poison: async ({ id }) =>
    void (await pool.query(`UPDATE ${SCHEMA}.order_base SET biz_type=${NOBODY} WHERE order_id=${id}`)),
  effects: async (entry) => (await toldOf(entry)).length,
});

describe('the deadlines of orders as a store', () => {
  it.each(timerStoreContract.map((each) => [each.name, each] as const))('%s', (_, each) => each.run(harness()));
});

describe('a deadline that fires', () => {
  it.each([
    ['takeout', OrderStatus.CREATED, OrderStatus.INVALID, 'order.invalidated', InvalidReason.PAY_TIMEOUT],
    ['takeout', OrderStatus.PAID, OrderStatus.INVALID, 'order.invalidated', InvalidReason.ACCEPT_TIMEOUT],
    ['takeout', OrderStatus.ACCEPTED, OrderStatus.RECEIVED, 'order.received', null],
    ['takeout', OrderStatus.RECEIVED, OrderStatus.COMPLETED, 'order.completed', null],
    ['virtual', OrderStatus.CREATED, OrderStatus.INVALID, 'order.invalidated', InvalidReason.PAY_TIMEOUT],
    ['virtual', OrderStatus.PAID, OrderStatus.INVALID, 'order.invalidated', InvalidReason.ACCEPT_TIMEOUT],
    ['virtual', OrderStatus.FULFILLING, OrderStatus.COMPLETED, 'order.completed', null],
  ] as const)('takes a %s order from %s to %s and tells %s', async (bizType, from, to, type, reasonCode) => {
    const dueMs = (await nowMs()) - 1_500;
    const entry = await one({ bizType, status: from, version: 4, deadlineAt: dueMs, acceptedAt: 1 });
    const [verdict] = await store.fire([entry]);
    expect(verdict?.kind === 'fired' && verdict.lateMs >= 1_500 && verdict.lateMs < 10_000).toBe(true);
    expect(await rowOf(entry)).toMatchObject({
      ...{ status: orderStatusCode[to], version: 5, role: Role.SYSTEM, reason_code: reasonCode },
    });
    const [told] = await toldOf(entry);
    expect(told).toMatchObject({ type, payload: { base: { status: to, version: 5 }, event: { role: Role.SYSTEM } } });
    expect(told?.payload.event.note).toBe(`due ${new Date(dueMs).toISOString()}`);
    expect(told?.occurredAt).toBeGreaterThanOrEqual(dueMs);
  });

  it('hands the deadline of the state that follows to the index, and none where nothing follows', async () => {
    const dueMs = (await nowMs()) - 10;
    const entries = await insert([
      anOrder({ status: OrderStatus.ACCEPTED, deadlineAt: dueMs }),
      anOrder({ status: OrderStatus.RECEIVED, deadlineAt: dueMs }),
    ]);
    await store.fire(entries);
    expect(noted.map(({ status, deadlineAt }) => [status, (deadlineAt ?? 0) > dueMs])).toEqual([
      [OrderStatus.RECEIVED, true],
      [OrderStatus.COMPLETED, false],
    ]);
  });

  it('fires once for an id that was asked for twice in one call', async () => {
    const entry = await one({ deadlineAt: (await nowMs()) - 10 });
    expect((await store.fire([entry, entry])).map(({ kind }) => kind)).toEqual(['fired', 'refused']);
  });
});

describe('an order that cannot be changed', () => {
  it('is named, and five hundred others fire', async () => {
    const dueMs = (await nowMs()) - 10;
    const entries = await insert(Array.from({ length: 500 }, () => anOrder({ deadlineAt: dueMs })));
    const [first, , third] = entries;
    // A state that waits for nothing, and a business type that nobody knows.
    await pool.query(`UPDATE ${SCHEMA}.order_base SET status=${orderStatusCode.COMPLETED} WHERE order_id=${first?.id};
      UPDATE ${SCHEMA}.order_base SET biz_type=${NOBODY} WHERE order_id=${third?.id}`);
    const verdicts = await store.fire(entries);
    expect(verdicts.filter(({ kind }) => kind === 'fired')).toHaveLength(498);
    expect([verdicts[0]?.kind, verdicts[2]?.kind]).toEqual(['retried', 'retried']);
    expect(new Set(broken)).toEqual(new Set([first?.id, third?.id]));
  });
});

describe('a writer under way', () => {
  it('wins the order that it has locked: the deadline looks again a second later, and finds what it wrote', async () => {
    const entry = await one({ deadlineAt: (await nowMs()) - 10 });
    const later = (await nowMs()) + 60_000;
    await pool.use(async (connection) => {
      await connection.query(`BEGIN; SELECT order_id FROM ${SCHEMA}.order_base WHERE order_id=${entry.id} FOR UPDATE`);
      const [verdict] = await store.fire([entry]);
      expect(verdict?.kind === 'retried' && verdict.dueMs - (await nowMs()) <= 1_000).toBe(true);
      await connection.query(
        `UPDATE ${SCHEMA}.order_base SET deadline_at=${quote(dateTimeText(later))}, version=2 WHERE order_id=${entry.id}; COMMIT`,
      );
    });
    expect(await store.fire([entry])).toEqual([{ kind: 'early', dueMs: later }]);
    expect(await toldOf(entry)).toEqual([]);
  });

  it('that never ends holds up none of the five hundred others', async () => {
    const dueMs = (await nowMs()) - 10;
    const entries = await insert(Array.from({ length: 500 }, () => anOrder({ deadlineAt: dueMs })));
    const locked = entries.filter((_, at) => at % 100 === 7);
    await pool.use(async (connection) => {
      const ids = locked.map(({ id }) => id).join(',');
      await connection.query(`BEGIN; SELECT order_id FROM ${SCHEMA}.order_base WHERE order_id IN (${ids}) FOR UPDATE`);
      const verdicts = await store.fire(entries);
      const kindsOf = (isLocked: boolean): string[] =>
        verdicts.filter((_, at) => locked.includes(entries[at] as IndexEntry) === isLocked).map(({ kind }) => kind);
      expect([kindsOf(true).length, new Set(kindsOf(true))]).toEqual([5, new Set(['retried'])]);
      expect([kindsOf(false).length, new Set(kindsOf(false))]).toEqual([495, new Set(['fired'])]);
      await connection.query('ROLLBACK');
    });
    expect((await store.fire(locked)).map(({ kind }) => kind)).toEqual(locked.map(() => 'fired'));
  });

  it('does not hold up what is stale already: it is answered without a lock', async () => {
    const later = (await nowMs()) + 60_000;
    const entry = await one({ deadlineAt: later });
    await pool.use(async (connection) => {
      await connection.query(`BEGIN; SELECT order_id FROM ${SCHEMA}.order_base WHERE order_id=${entry.id} FOR UPDATE`);
      expect(await store.fire([entry])).toEqual([{ kind: 'early', dueMs: later }]);
      await connection.query('ROLLBACK');
    });
  });
});

describe('the statements', () => {
  const explaining = (): DeadlineRepository => {
    const query = async <T>(sql: string): Promise<T> => {
      plans.push(...(await pool.query<typeof plans>(`EXPLAIN ${sql}`)));
      return pool.query<T>(sql);
    };
    const at = () => ({ ...pool, query });
    return new DeadlineRepository({ at } as unknown as NodePools, new Placement(2));
  };

  it.each([
    [{ toSlot: 'now' }, undefined],
    [{ toSlot: 2_000_000_000 }, undefined],
    [{ afterSlot: 1_000_000_000, toSlot: 2_000_000_000 }, undefined],
    [{ afterSlot: 1_000_000_000, toSlot: 2_000_000_000 }, '1700000000123:42'],
  ] as const)(
    'that page through %j behind %s read the index of deadlines alone, in its order',
    async (range, after) => {
      const dueMs = await nowMs();
      await insert(Array.from({ length: 200 }, (_, at) => anOrder({ deadlineAt: at < 5 ? dueMs + at : null })));
      plans = [];
      await explaining().pending(SHARD, range, 100, after);
      expect(plans.map(({ type, key }) => [type, key])).toEqual([['range', 'by_deadline']]);
      expect(plans[0]?.Extra).toContain('Using index');
      expect(plans[0]?.Extra).not.toMatch(/filesort|temporary/i);
    },
  );

  it('that asks many shards at once what is overdue reads it in each of them', async () => {
    plans = [];
    const shards = Array.from({ length: 120 }, (_, shard) => shard).filter(
      (shard) => new Placement(2).userNode(shard) === new Placement(2).userNode(SHARD),
    );
    await explaining().overdue(0, shards, 1_000_000_000);
    const read = plans.filter(({ key }) => key !== null);
    expect(read).toHaveLength(shards.length);
    expect(read.every(({ key, Extra }) => key === 'by_deadline' && Extra?.includes('Using index') === true)).toBe(true);
  });

  it('that counts what is pending reads it, too', async () => {
    plans = [];
    await explaining().depth(SHARD);
    expect(plans[0]?.key).toBe('by_deadline');
    expect(plans[0]?.Extra).toContain('Using index');
  });
});

describe('a node that is away', () => {
  it('is a Transient for the whole batch', async () => {
    const nowhere = new NodePools(['mysql://nobody@127.0.0.1:1', 'mysql://nobody@127.0.0.1:1']);
    const placement = new Placement(2);
    const away = new OrderDeadlineStore({
      ...{ placement, transactions: new ShardTransactions(nowhere) },
      ...{ repository: new DeadlineRepository(nowhere, placement), sink: { note: () => undefined } },
      ...{ cache: new OrderCache({ put: () => Promise.resolve() }), onFailed: () => undefined },
    });
    await expect(away.fire([{ id: '17', partition: SHARD, slot: 1 }])).rejects.toMatchObject({
      code: 'NODE_UNAVAILABLE',
    });
    await nowhere.close();
  });
});
