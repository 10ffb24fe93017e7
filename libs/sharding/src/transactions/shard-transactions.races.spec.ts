/** Coalesced transactions on the real server: neighbours, deadlocks, lost COMMITs, foreign locks. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { InvariantViolation, Transient } from '@ordo/kernel';
import { nodeUnavailable } from '../node-pool/mysql.errors.js';
import type { NodeConnection, NodePool } from '../node-pool/node-pool.js';
import { NodePools } from '../node-pool/node-pools.js';
import { Accounts, CountingRecorder } from '../rehearsal/accounts.js';
import { ShardTransactions } from './shard-transactions.js';
import type { ShardUnit } from './shard-unit.js';

const SCHEMA = 'ordo_spec_transactions';
const nodes = process.env['ORDO_MYSQL_NODES'];

/** A pool whose connections treat the next packet that ends with COMMIT as `onCommit` says. */
const sabotaged = (
  pool: NodePool,
  onCommit: (connection: NodeConnection, packet: string) => Promise<void>,
): NodePools => {
  let armed = true;
  const wrap = (connection: NodeConnection): NodeConnection => ({
    destroy: () => connection.destroy(),
    query: async <T>(sql: string): Promise<T> => {
      if (!sql.endsWith('COMMIT') || !armed) return connection.query<T>(sql);
      armed = false;
      await onCommit(connection, sql);
      throw nodeUnavailable(pool.name, 'connection-lost');
    },
  });
  const single: NodePool = {
    index: pool.index,
    name: pool.name,
    query: (sql, options) => pool.query(sql, options),
    use: (work, options) => pool.use((connection) => work(wrap(connection)), options),
    ping: () => pool.ping(),
    stats: () => pool.stats(),
  };
  return { all: [single], at: () => single } as unknown as NodePools;
};

describe('coalesced shard transactions', () => {
  let pools: NodePools;
  let pool: NodePool;
  let accounts: Accounts;
  let recorder: CountingRecorder;
  let transactions: ShardTransactions;

  const increment = (id: number, note?: string, touched?: number): ShardUnit<number> =>
    accounts.increment(id, note, touched);

  beforeAll(async () => {
    if (nodes === undefined) throw new Error('ORDO_MYSQL_NODES is not set: run these specs with `npm test`');
    pools = new NodePools(nodes.split(','));
    pool = pools.at(0);
    accounts = new Accounts(SCHEMA, pool);
    await accounts.create();
  });

  beforeEach(async () => {
    await accounts.clear();
    recorder = new CountingRecorder();
    transactions = new ShardTransactions(pools, recorder);
  });

  afterAll(async () => {
    await accounts.drop();
    await pools.close();
  });

  it('sends what arrives during a flight as one transaction', async () => {
    const verdicts = await Promise.all(
      Array.from({ length: 64 }, (_, index) => transactions.run(increment(index + 1))),
    );
    expect(verdicts).toEqual(Array.from({ length: 64 }, () => 1));
    expect(recorder.batches).toEqual([1, 63]);
    expect(await accounts.entries()).toBe(64);
  });

  it('applies every one of 100 concurrent changes of one row, in as many batches', async () => {
    // Patient: a hundred batches one after the other are counted here, not timed.
    const patient = new ShardTransactions(pools, recorder, { unitDeadlineMs: 20_000 });
    const verdicts = await Promise.all(Array.from({ length: 100 }, () => patient.run(increment(7))));
    expect([...verdicts].sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(recorder.batches).toHaveLength(100);
    expect((await accounts.balances())[6]).toBe(100);
  });

  it('refuses one unit alone and commits its neighbours', async () => {
    const units = [1, 2, 999, 3].map((id) => transactions.run(increment(id)));
    const outcomes = await Promise.allSettled([transactions.run(increment(50)), ...units]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(recorder.broken).toEqual([]);
    expect(await accounts.entries()).toBe(4);
  });

  it('finds a unit with a duplicate key by halving and leaves its neighbours unharmed', async () => {
    await pool.query(`INSERT INTO ${SCHEMA}.entry VALUES ('5-1','old')`);
    const lead = transactions.run(increment(60));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 16 }, (_, index) => transactions.run(increment(index + 1))),
    );
    await lead;
    const failed = outcomes.flatMap((outcome, index) => (outcome.status === 'rejected' ? [index + 1] : []));
    expect(failed).toEqual([5]);
    expect(recorder.broken).toContain('bisected');
    expect((await accounts.balances()).slice(0, 16)).toEqual([1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it('finds a unit whose data does not fit and leaves its neighbours unharmed', async () => {
    const lead = transactions.run(increment(60));
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((id) => transactions.run(increment(id, id === 3 ? 'far too long a note' : 'x'))),
    );
    await lead;
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect((await accounts.balances()).slice(0, 4)).toEqual([1, 1, 0, 1]);
    expect(await accounts.entries()).toBe(4);
  });

  it.each([3, 12])('finds a unit whose update meets no row among %i and writes nothing of it', async (count) => {
    const lead = transactions.run(increment(60));
    const outcomes = await Promise.allSettled(
      Array.from({ length: count }, (_, at) => transactions.run(increment(at + 1, 'x', at === 1 ? 12_345 : undefined))),
    );
    await lead;
    const failed = outcomes.flatMap((outcome, at) => (outcome.status === 'rejected' ? [[at + 1, outcome.reason]] : []));
    expect(failed).toEqual([[2, expect.any(InvariantViolation)]]);
    expect(recorder.broken).toContain('bisected');
    expect((await accounts.balances()).slice(0, count)).toEqual(
      Array.from({ length: count }, (_, at) => (at === 1 ? 0 : 1)),
    );
    expect(await accounts.entries()).toBe(count);
  });

  it('goes again after a deadlock, and the pool is full afterwards', async () => {
    let other: Promise<unknown> = Promise.resolve();
    await pool.use(async (connection) => {
      // The other transaction has changed more rows, so the server makes our batch the victim.
      await connection.query(
        `START TRANSACTION; UPDATE ${SCHEMA}.account SET balance=balance+100 WHERE id BETWEEN 20 AND 90`,
      );
      // Row 20 is not locked before it is changed: only there a batch waits while it holds rows itself.
      const batch = Promise.all([increment(1), increment(2, 'x', 20)].map((unit) => transactions.run(unit)));
      await waitUntilBlocked(pool);
      await connection.query(`SELECT id FROM ${SCHEMA}.account WHERE id IN (1, 2) FOR UPDATE`);
      await connection.query('COMMIT');
      other = batch;
    });
    await expect(other).resolves.toEqual([1, 1]);
    expect(recorder.broken).toContain('deadlock');
    expect((await accounts.balances())[19]).toBe(101);
    expect(await accounts.entries()).toBe(2);
    expect(pool.stats().idle).toBe(pool.stats().open);
  });

  /** Of units that update, COMMIT is a packet of its own; of those that only insert, it ends theirs. */
  const kinds: readonly (readonly [string, (id: number) => ShardUnit<unknown>])[] = [
    ['updates', (id) => increment(id)],
    ['inserts', (id) => accounts.openOnce(1_000 + id)],
  ];

  it.each(kinds)(
    'reads back a COMMIT of %s that happened although its answer was lost, and applies it once',
    async (_, unit) => {
      const cut = sabotaged(pool, async (connection, packet) => {
        await connection.query(packet);
      });
      const unknown = new ShardTransactions(cut, recorder);
      await Promise.all([1, 2, 3].map((id) => unknown.run(unit(id))));
      expect(recorder.broken).toEqual(['unknown']);
      expect(await accounts.entries()).toBe(3);
    },
  );

  it.each(kinds)('goes again when the lost COMMIT of %s is proved not to have happened', async (_, unit) => {
    const cut = sabotaged(pool, async (connection) => {
      connection.destroy();
    });
    const unknown = new ShardTransactions(cut, recorder);
    await Promise.all([1, 2, 3].map((id) => unknown.run(unit(id))));
    expect(recorder.broken).toEqual(['unknown']);
    expect(await accounts.entries()).toBe(3);
  });

  it('knows that inserts which the server refused in front of their COMMIT were not committed', async () => {
    await pool.query(`INSERT INTO ${SCHEMA}.entry VALUES ('1002-0','old')`);
    const lead = transactions.run(accounts.openOnce(1_060));
    const outcomes = await Promise.allSettled([1, 2, 3].map((id) => transactions.run(accounts.openOnce(1_000 + id))));
    await lead;
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(recorder.broken).toContain('bisected');
    expect(recorder.broken).not.toContain('unknown');
    expect(await accounts.entries()).toBe(4);
  });

  it('answers a unit that waits for a foreign lock within a second, and the node serves others again', async () => {
    const startedMs = performance.now();
    await pool.use(async (connection) => {
      await connection.query(`START TRANSACTION; SELECT id FROM ${SCHEMA}.account WHERE id=1 FOR UPDATE`);
      await expect(transactions.run(increment(1))).rejects.toBeInstanceOf(Transient);
      await connection.query('ROLLBACK');
    });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    await expect(transactions.run(increment(2))).resolves.toBe(1);
  });

  it('refuses new units while it drains and answers all that it had accepted', async () => {
    const accepted = Array.from({ length: 40 }, (_, index) => transactions.run(increment(index + 1)));
    const drained = transactions.drain();
    await expect(transactions.run(increment(1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
    await drained;
    await expect(Promise.all(accepted)).resolves.toHaveLength(40);
  });

  it('refuses as overloaded what would wait beyond the bound of its queue', async () => {
    const small = new ShardTransactions(pools, recorder, { maxQueued: 5 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => small.run(increment(index + 1))),
    );
    const codes = outcomes.map((outcome) =>
      outcome.status === 'rejected' ? (outcome.reason as Transient).code : 'done',
    );
    expect(codes.filter((code) => code === 'done')).toHaveLength(6);
    expect(codes.filter((code) => code === 'OVERLOADED')).toHaveLength(4);
  });
});

async function waitUntilBlocked(pool: NodePool): Promise<void> {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    const [row] = await pool.query<{ n: number }[]>(
      `SELECT COUNT(*) AS n FROM information_schema.innodb_trx WHERE trx_state='LOCK WAIT'`,
    );
    if (Number(row?.n) > 0) return;
    // The server renews this table only when nobody has read it for 0.1 s.
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
  throw new Error('no transaction came to wait for a lock');
}
