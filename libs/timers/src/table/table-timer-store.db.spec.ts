/** The table adapter on a real server, by the contract of the port, and what only a database can get wrong. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@ordo/kernel';
import { msOfDateTime, type NodeConnection, type NodePool, NodePools } from '@ordo/sharding';
import type { IndexEntry } from '../slot/slot.js';
import { type TimerStoreHarness, timerStoreContract } from '../store/timer-store.contract.js';
import { TableTimerStore } from './table-timer-store.js';
import { TimerRepository } from './timer.repository.js';
import { TimerState } from './timer.state.js';
import type { DueTimer, RetryRules, TimerEffects } from './timer-task.js';
import { TimerWriter } from './timer-writer.js';

const SCHEMA = `ordo_spec_timer_store_${process.pid}`;
const QUEUE = `spec-store-${process.pid}`;
const NODE = 0;

let pools: NodePools;
let pool: NodePool;
let poison: Set<string>;
let writer: TimerWriter;
let keys = 0;

beforeAll(async () => {
  pools = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
  pool = pools.at(0);
  await pool.query(`CREATE DATABASE ${SCHEMA}`);
  await pool.query(`CREATE TABLE ${SCHEMA}.effect (n BIGINT AUTO_INCREMENT PRIMARY KEY, timer_id BIGINT NOT NULL)`);
  await pool.query(
    `CREATE TABLE ${SCHEMA}.tally (name INT PRIMARY KEY, n INT NOT NULL); INSERT INTO ${SCHEMA}.tally VALUES (1,0)`,
  );
});

beforeEach(() => {
  poison = new Set();
  writer = new TimerWriter(new Set([QUEUE]), 1, systemClock);
});

afterEach(async () => {
  await pool.query(`DELETE FROM ordo_node.timer WHERE queue='${QUEUE}'; DELETE FROM ${SCHEMA}.effect`);
});

afterAll(async () => {
  await pool.query(`DROP DATABASE IF EXISTS ${SCHEMA}`);
  await pools.close();
});

const effectOf = ({ id }: DueTimer): TimerEffects => ({
  inserts: [
    // A poisonous effect is one that the server refuses: the handler itself sees nothing wrong.
    { into: `INSERT INTO ${SCHEMA}.effect (timer_id)`, row: poison.has(id) ? '(NULL)' : `(${id})` },
  ],
});

function aStore(
  handle: (timer: DueTimer) => ReturnType<typeof effectOf> | Promise<TimerEffects | undefined>,
  retries: RetryRules = {},
) {
  return new TableTimerStore(QUEUE, [pool], { handle }, { retries });
}

async function set(dueMs: readonly number[]): Promise<IndexEntry[]> {
  const planned = dueMs.map((due) => {
    keys += 1;
    return writer.timerInsert(NODE, { queue: QUEUE, key: `k${keys}`, dueMs: due });
  });
  // One partition, so that a case sees all of its timers.
  const rows = planned.map(({ insert, entry }) =>
    insert.row.replace(`,${entry.slot},${entry.partition},`, `,${entry.slot},3,`),
  );
  await pool.query(`${planned[0]?.insert.into} VALUES ${rows.join(',')}`);
  return planned.map(({ entry }) => ({ ...entry, partition: 3 }));
}

async function keyOf({ id }: IndexEntry): Promise<string> {
  const [row] = await pool.query(`SELECT timer_key FROM ordo_node.timer WHERE id=${id}`);
  return String(row?.['timer_key']);
}

async function stateOf({ id }: IndexEntry) {
  const [row] = await pool.query(`SELECT state, attempts, failure FROM ordo_node.timer WHERE id=${id}`);
  return {
    state: Number(row?.['state']),
    attempts: Number(row?.['attempts']),
    failure: row?.['failure'] as string | null,
  };
}

async function effectCount(): Promise<number> {
  const [row] = await pool.query(`SELECT COUNT(*) AS n FROM ${SCHEMA}.effect`);
  return Number(row?.['n']);
}

const harness = (): TimerStoreHarness => ({
  store: aStore(effectOf),
  partition: 3,
  nowMs: async () => msOfDateTime(String((await pool.query('SELECT UTC_TIMESTAMP(3) AS now'))[0]?.['now'])),
  set,
  cancel: async (entry) => void (await pool.query(writer.timerCancel(QUEUE, await keyOf(entry)))),
  reschedule: async (entry, dueMs) => void (await pool.query(writer.timerReschedule(QUEUE, await keyOf(entry), dueMs))),
  poison: async ({ id }) => void poison.add(id),
  effects: async ({ id }) => {
    const [row] = await pool.query(`SELECT COUNT(*) AS n FROM ${SCHEMA}.effect WHERE timer_id=${id}`);
    return Number(row?.['n']);
  },
});

describe('the timer table as a store', () => {
  it.each(timerStoreContract.map((each) => [each.name, each] as const))('%s', (_, each) => each.run(harness()));
});

describe('a handler', () => {
  it('that throws is tried again with a doubling back-off, and fails for good after its last attempt', async () => {
    const [entry] = await set([Date.now() - 5_000]);
    if (entry === undefined) throw new Error('no timer');
    const store = aStore(() => Promise.reject(new Error('carrier is away')), { maxAttempts: 2, backOffMs: 60_000 });
    const [first] = await store.fire([entry]);
    expect(first?.kind === 'retried' && Math.abs(first.dueMs - Date.now() - 60_000) < 5_000).toBe(true);
    await pool.query(`UPDATE ordo_node.timer SET due_at=UTC_TIMESTAMP(3) WHERE id=${entry.id}`);
    expect(await store.fire([entry])).toEqual([{ kind: 'failed' }]);
    expect(await stateOf(entry)).toEqual({ state: TimerState.FAILED, attempts: 2, failure: 'Error: carrier is away' });
    expect(await store.fire([entry])).toEqual([{ kind: 'refused' }]);
  });

  it('that never answers fails at its deadline, long after its neighbours have fired', async () => {
    const entries = await set(Array.from({ length: 50 }, () => Date.now() - 5_000));
    const hung = entries[7]?.id;
    const seen: number[] = [];
    const store = aStore(
      async (timer) => {
        if (timer.id === hung) {
          await new Promise((resolve) => setTimeout(resolve, 300));
          seen.push(await effectCount());
          await new Promise(() => undefined);
        }
        return effectOf(timer);
      },
      { deadlineMs: 600 },
    );
    const verdicts = await store.fire(entries);
    expect(verdicts.filter(({ kind }) => kind === 'fired')).toHaveLength(49);
    expect(verdicts[7]?.kind).toBe('retried');
    expect(seen).toEqual([49]);
  });

  it('whose timer is cancelled while it runs has no effect', async () => {
    const [entry, other] = await set([Date.now() - 5_000, Date.now() - 5_000]);
    if (entry === undefined || other === undefined) throw new Error('no timers');
    const store = aStore(async (timer) => {
      if (timer.id === entry.id) await pool.query(writer.timerCancel(QUEUE, timer.key));
      return effectOf(timer);
    });
    expect((await store.fire([entry, other])).map(({ kind }) => kind)).toEqual(['refused', 'fired']);
    expect(await effectCount()).toBe(1);
  });

  it('whose update changes no row, or two, fails alone', async () => {
    const entries = await set(Array.from({ length: 20 }, () => Date.now() - 5_000));
    const wrong = entries[3]?.id;
    const store = aStore(({ id }) => ({
      updates: [`UPDATE ${SCHEMA}.tally SET n=n+1 WHERE name=${id === wrong ? 2 : 1}`],
    }));
    const verdicts = await store.fire(entries);
    expect(verdicts.filter(({ kind }) => kind === 'fired')).toHaveLength(19);
    expect(verdicts[3]?.kind).toBe('retried');
    const [row] = await pool.query(`SELECT n FROM ${SCHEMA}.tally WHERE name=1`);
    expect(Number(row?.['n'])).toBe(19);
  });

  it('of one among five hundred that poisons its effect costs no neighbour its firing', async () => {
    const entries = await set(Array.from({ length: 500 }, () => Date.now() - 5_000));
    for (const at of [0, 250, 499]) poison.add(entries[at]?.id ?? '');
    const verdicts = await aStore(effectOf).fire(entries);
    expect(verdicts.filter(({ kind }) => kind === 'fired')).toHaveLength(497);
    expect(await effectCount()).toBe(497);
  });
});

describe('a process that stops amid its firing', () => {
  it('keeps no row from the next one, who needs no patience', async () => {
    const entries = await set(Array.from({ length: 20 }, () => Date.now() - 5_000));
    const own = new NodePools([(process.env['ORDO_MYSQL_NODES'] ?? '').split(',')[0] ?? '']);
    const stopped = stoppedAfterOneAnswer(own.at(0));
    const firing = new TableTimerStore(QUEUE, [stopped.pool], { handle: effectOf }).fire(entries);
    await stopped.hasAnswer;
    const startedMs = performance.now();
    const next = aStore(effectOf).fire(entries);
    await next.catch(() => undefined);
    const tookMs = performance.now() - startedMs;
    stopped.wake();
    const all = [...(await firing), ...(await next.catch(() => []))];
    await own.close();
    // A lock would be waited for, a second at a time.
    expect(tookMs).toBeLessThan(900);
    expect(all.filter(({ kind }) => kind === 'fired')).toHaveLength(20);
    expect(await effectCount()).toBe(20);
  });

  /** As SIGSTOP does: the database has answered the first packet of the transaction, and nobody reads it. */
  function stoppedAfterOneAnswer(real: NodePool): { pool: NodePool; hasAnswer: Promise<void>; wake: () => void } {
    let wake = (): void => undefined;
    let answered = (): void => undefined;
    const awake = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const hasAnswer = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const lent = (connection: NodeConnection): NodeConnection => ({
      query: async (sql) => {
        const answer = await connection.query<never>(sql);
        answered();
        await awake;
        return answer;
      },
      destroy: () => connection.destroy(),
    });
    const pool: NodePool = {
      ...{ index: real.index, name: real.name, ping: () => real.ping(), stats: () => real.stats() },
      query: (sql, options) => real.query(sql, options),
      use: (work, options) => real.use((connection) => work(lent(connection)), options),
    };
    return { pool, hasAnswer, wake: () => wake() };
  }
});

describe('a database that is away', () => {
  it('is a Transient for the whole batch, and nothing is counted as an attempt', async () => {
    const [entry] = await set([Date.now() - 5_000]);
    if (entry === undefined) throw new Error('no timer');
    const nowhere = new NodePools(['mysql://nobody@127.0.0.1:1']);
    const store = new TableTimerStore(QUEUE, nowhere.all, { handle: effectOf });
    await expect(store.fire([entry])).rejects.toMatchObject({ code: 'NODE_UNAVAILABLE' });
    await nowhere.close();
    expect(await stateOf(entry)).toEqual({ state: TimerState.PENDING, attempts: 0, failure: null });
  });
});

describe('the question what is overdue', () => {
  it('reads a row or two for all partitions together, however many timers wait in them', async () => {
    await set(Array.from({ length: 3_000 }, (_, at) => Date.now() + 60_000 + at));
    await pool.query(`UPDATE ordo_node.timer SET partition_no=id%64 WHERE queue='${QUEUE}'`);
    const [lost] = await set([Date.now() - 30_000]);
    const partitions = Array.from({ length: 64 }, (_, at) => at);
    const read = await pool.use(async (connection) => {
      await connection.query('FLUSH STATUS');
      const repository = new TimerRepository({ ...pool, query: (sql: string) => connection.query(sql) }, QUEUE);
      expect(await repository.overdue(partitions, lost?.slot ?? 0)).toEqual([3]);
      return connection.query<{ Value: string }[]>("SHOW SESSION STATUS LIKE 'Handler_read_next'");
    });
    expect(Number(read[0]?.Value)).toBeLessThan(10);
  });
});

describe('a purge', () => {
  it('forgets what has fired and what was cancelled, once it was due long enough ago, and keeps all else', async () => {
    const store = aStore(effectOf);
    const beforeMs = Date.now() - 60_000;
    const old = await set([1, 2, 3, 4].map((at) => beforeMs - at * 2_000));
    const recent = await set([beforeMs + 5_000]);
    const [fired, cancelled, failed, pending] = old.map(({ id }) => id);
    const end = (id: string | undefined, state: TimerState): Promise<unknown> =>
      pool.query(`UPDATE ordo_node.timer SET state=${state} WHERE id=${id}`);
    await end(fired, TimerState.FIRED);
    await end(cancelled, TimerState.CANCELLED);
    await end(failed, TimerState.FAILED);
    await end(recent[0]?.id, TimerState.FIRED);
    let purged = 0;
    for (let partition = 0; partition < 64; partition += 1) purged += await store.purge(partition, beforeMs, 1_000);
    expect(purged).toBe(2);
    const rows = await pool.query(`SELECT id FROM ordo_node.timer WHERE queue='${QUEUE}' ORDER BY id`);
    expect(rows.map((row) => String(row['id']))).toEqual([failed, pending, recent[0]?.id]);
  });

  it('takes a stride at a time', async () => {
    const store = aStore(effectOf);
    await set(Array.from({ length: 300 }, () => Date.now() - 60_000));
    await pool.query(`UPDATE ordo_node.timer SET state=${TimerState.FIRED}, partition_no=0 WHERE queue='${QUEUE}'`);
    const counts = [];
    for (let count = 0; count < 4; count += 1) counts.push(await store.purge(0, Date.now() - 1_000, 120));
    expect(counts).toEqual([120, 120, 60, 0]);
  });
});
