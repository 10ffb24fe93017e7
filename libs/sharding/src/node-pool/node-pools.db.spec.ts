/**
 * The pools against a real server, seen through a proxy of this file that can freeze, cut and refuse: what a caller
 * meets when a node is slow, silent or gone, without touching a server that other specs use.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Transient } from '@ordo/kernel';
import type { ResultSetHeader } from 'mysql2';
import { failedStatementOf, isConnectionLoss, isDeadlock, isDuplicateKey, isStatementTimeout } from './mysql.errors.js';
import type { NodeConnection } from './node-pool.js';
import { NodePools, type NodePoolsOptions } from './node-pools.js';

const SECOND_MS = 1_000;

class FaultProxy {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private isFrozen = false;
  private answering = Number.POSITIVE_INFINITY;
  port = 0;

  constructor(private readonly target: URL) {}

  async listen(): Promise<void> {
    this.server = createServer((client) => this.join(client));
    await new Promise<void>((resolve) => this.server?.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    const url = new URL(this.target.href);
    url.hostname = '127.0.0.1';
    url.port = String(this.port);
    return url.href;
  }

  /** Like SIGSTOP: connections stay open, new ones are accepted by the kernel, and nothing answers. */
  freeze(): void {
    this.isFrozen = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Like a server that chokes on new connections while it serves those that it has. */
  answerOnly(connections: number): void {
    this.answering = connections;
  }

  thaw(): void {
    this.isFrozen = false;
    for (const socket of this.sockets) socket.resume();
  }

  async emptied(): Promise<void> {
    while (this.sockets.size > 0) await new Promise((resolve) => setImmediate(resolve));
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async refuse(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server?.close(resolve));
  }

  private join(client: Socket): void {
    const isSilent = this.isFrozen || this.sockets.size >= 2 * this.answering;
    const server = connect(Number(this.target.port), this.target.hostname);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.sockets.add(from);
      from.on('data', (data) => to.write(data));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      if (isSilent) from.pause();
    }
  }
}

function firstNode(): URL {
  const url = process.env['ORDO_MYSQL_NODES']?.split(',')[0];
  if (url === undefined)
    throw new Error('ORDO_MYSQL_NODES is not set: start the stack with `npm run stack -- up --profile test`');
  return new URL(url);
}

async function timed(work: () => Promise<unknown>): Promise<{ error: unknown; elapsedMs: number }> {
  const start = performance.now();
  const error = await work().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return { error, elapsedMs: performance.now() - start };
}

function reasonOf(error: unknown): unknown {
  return error instanceof Transient ? error.details['reason'] : error;
}

describe('node pools on a real server', () => {
  const schema = `ordo_spec_pool_${process.pid}`;
  let proxy: FaultProxy;
  let open: NodePools[];

  function pools(options: NodePoolsOptions = {}): NodePools {
    const made = new NodePools([proxy.url], options);
    open.push(made);
    return made;
  }

  beforeEach(async () => {
    open = [];
    proxy = new FaultProxy(firstNode());
    await proxy.listen();
    const pool = pools().at(0);
    await pool.query(`CREATE DATABASE IF NOT EXISTS ${schema}`);
    await pool.query(`CREATE TABLE IF NOT EXISTS ${schema}.t (id BIGINT PRIMARY KEY, v BIGINT NOT NULL)`);
    await pool.query(`REPLACE INTO ${schema}.t VALUES (1, 0), (2, 0)`);
  });

  afterEach(async () => {
    proxy.thaw();
    const direct = new NodePools([firstNode().href]);
    await direct.at(0).query(`DROP DATABASE IF EXISTS ${schema}`);
    await direct.close();
    await Promise.all(open.map((each) => each.close()));
    await proxy.refuse();
  });

  it('sets every session up: READ COMMITTED, UTC, strict, backslash escapes, statement limit', async () => {
    const rows = await pools().at(0).query('SHOW SESSION VARIABLES');
    const session = new Map(rows.map((row) => [String(row['Variable_name']), String(row['Value'])]));
    expect(session.get('transaction_isolation') ?? session.get('tx_isolation')).toBe('READ-COMMITTED');
    expect(session.get('time_zone')).toBe('+00:00');
    expect(session.get('character_set_client')).toBe('utf8mb4');
    expect(session.get('sql_mode')).toContain('STRICT_TRANS_TABLES');
    expect(session.get('sql_mode')).not.toMatch(/NO_BACKSLASH_ESCAPES|ANSI_QUOTES/);
    expect(session.get('innodb_lock_wait_timeout')).toBe('1');
    // MySQL has no such limit.
    expect(session.get('idle_transaction_timeout') ?? '20').toBe('20');
    expect(session.get('max_statement_time') ?? session.get('max_execution_time')).toMatch(/^2(\.000000|000)$/);
  });

  it('reads BIGINT as text to the last digit and counts rows that changed, not rows that matched', async () => {
    const pool = pools().at(0);
    await pool.query(`REPLACE INTO ${schema}.t VALUES (9223372036854775807, 3)`);
    const [row] = await pool.query(`SELECT id, v FROM ${schema}.t WHERE id > 9`);
    expect(row).toEqual({ id: '9223372036854775807', v: '3' });
    const same = await pool.query<ResultSetHeader>(`UPDATE ${schema}.t SET v = 0 WHERE id = 1`);
    expect(same.affectedRows).toBe(0);
    const several = await pool.query<ResultSetHeader[]>(
      `UPDATE ${schema}.t SET v = 1 WHERE id = 1; UPDATE ${schema}.t SET v = 9 WHERE id = 77`,
    );
    expect(several.map((each) => each.affectedRows)).toEqual([1, 0]);
  });

  it('lends at most connectionLimit connections and serves the waiters in their order', async () => {
    const pool = pools({ connectionLimit: 3 }).at(0);
    const served: number[] = [];
    let held = 0;
    let most = 0;
    const work = (number: number) => async (connection: NodeConnection) => {
      held += 1;
      most = Math.max(most, held);
      await connection.query('SELECT SLEEP(0.01)');
      served.push(number);
      held -= 1;
    };
    await Promise.all(Array.from({ length: 30 }, (_, number) => pool.use(work(number))));
    expect(most).toBe(3);
    expect(pool.stats()).toMatchObject({ open: 3, idle: 3, waiting: 0 });
    expect(served.filter((number, at) => Math.abs(number - at) > 3)).toEqual([]);
  });

  it('refuses callers beyond the queue limit at once and waiting ones at the acquire deadline', async () => {
    const pool = pools({ connectionLimit: 1, queueLimit: 1, acquireDeadlineMs: 150 }).at(0);
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let taken = (): void => undefined;
    const holding = new Promise<void>((resolve) => {
      taken = resolve;
    });
    const holder = pool.use(async () => {
      taken();
      await gate;
    });
    await holding;
    const waiting = timed(() => pool.query('DO 0'));
    const refused = await timed(() => pool.query('DO 0'));
    expect(reasonOf(refused.error)).toBe('queue-full');
    expect(refused.elapsedMs).toBeLessThan(50);
    const late = await waiting;
    expect(reasonOf(late.error)).toBe('acquire-deadline');
    expect(late.elapsedMs).toBeGreaterThanOrEqual(149);
    expect(pool.stats().waiting).toBe(0);
    letGo();
    await holder;
    await pool.query('DO 0');
  });

  it('ends a statement at its deadline on the server too, and replaces the connection', async () => {
    const pool = pools({ queryDeadlineMs: 200 }).at(0);
    const { error, elapsedMs } = await timed(() =>
      pool.query(`SELECT SLEEP(5) AS ${schema} FROM information_schema.TABLES`),
    );
    expect(isConnectionLoss(error) || isStatementTimeout(error)).toBe(true);
    expect(elapsedMs).toBeLessThan(400);
    const runs = `SELECT 1 FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT SLEEP(5) AS ${schema}%'`;
    const start = performance.now();
    while ((await pool.query(runs)).length > 0) expect(performance.now() - start).toBeLessThan(SECOND_MS);
  });

  it('lets one call have a longer deadline, and the next one the usual again', async () => {
    const pool = pools({ queryDeadlineMs: 150, connectionLimit: 1 }).at(0);
    await pool.query('SELECT SLEEP(0.4)', { deadlineMs: 2_000 });
    const { error } = await timed(() => pool.query('SELECT SLEEP(0.4) FROM information_schema.TABLES LIMIT 3'));
    expect(isConnectionLoss(error) || isStatementTimeout(error)).toBe(true);
  });

  it('rolls back what a throwing borrower left open, and keeps the connection', async () => {
    const pool = pools({ connectionLimit: 1 }).at(0);
    const failing = pool.use(async (connection) => {
      await connection.query(`BEGIN; UPDATE ${schema}.t SET v = 5 WHERE id = 1`);
      throw new Error('the borrower failed');
    });
    await expect(failing).rejects.toThrow('the borrower failed');
    const [row] = await pool.query(`SELECT v FROM ${schema}.t WHERE id = 1`);
    expect(row?.['v']).toBe('0');
    expect(pool.stats()).toMatchObject({ open: 1, idle: 1 });
  });

  it('is full again after a deadlock, and names it a deadlock', async () => {
    const pool = pools({ connectionLimit: 2 }).at(0);
    const update = (id: number) => `UPDATE ${schema}.t SET v = v + 1 WHERE id = ${id}`;
    let met = 0;
    let release = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    const cross = (first: number, second: number) =>
      pool.use(async (connection) => {
        await connection.query(`BEGIN; ${update(first)}`);
        met += 1;
        if (met === 2) release();
        await both;
        await connection.query(update(second));
        await connection.query('COMMIT');
      });
    const outcomes = await Promise.allSettled([cross(1, 2), cross(2, 1)]);
    const lost = outcomes.filter((each) => each.status === 'rejected');
    expect(lost).toHaveLength(1);
    expect(lost.every((each) => isDeadlock(each.reason))).toBe(true);
    expect(pool.stats()).toMatchObject({ open: 2, idle: 2, waiting: 0 });
  });

  it('names a duplicate key and keeps the text of the statement out of the error', async () => {
    const { error } = await timed(() => pools().at(0).query(`INSERT INTO ${schema}.t VALUES (1, 424242)`));
    expect(isDuplicateKey(error)).toBe(true);
    expect(JSON.stringify(error)).not.toContain('424242');
  });

  it('names which of several statements failed, whatever came before it', async () => {
    const select = `SELECT * FROM ${schema}.t`;
    const { error } = await timed(() =>
      pools().at(0).query(`${select}; DO 0; ${select}; SELECT * FROM ${schema}.nowhere`),
    );
    expect(failedStatementOf(error)).toBe(3);
    const alone = await timed(() => pools().at(0).query(`SELECT * FROM ${schema}.nowhere`));
    expect(failedStatementOf(alone.error)).toBe(0);
  });

  it('gives a waiter a fresh connection when the holder destroys its own', async () => {
    const pool = pools({ connectionLimit: 1 }).at(0);
    const holder = pool.use(async (connection) => {
      while (pool.stats().waiting === 0) await new Promise((resolve) => setImmediate(resolve));
      connection.destroy();
    });
    while (pool.stats().open === 0) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([holder, pool.query('DO 0')]);
    expect(pool.stats()).toMatchObject({ open: 1, idle: 1, waiting: 0, isDown: false });
  });

  it('fails calls within a second when the server freezes, with and without open connections', async () => {
    const [querying, committing, cold] = [pools().at(0), pools().at(0), pools().at(0)];
    await Promise.all([querying.query('DO 0'), committing.query('DO 0')]);
    proxy.freeze();
    const outcomes = await Promise.all([
      timed(() => querying.query('DO 0')),
      timed(() => committing.use((connection) => connection.query('COMMIT'))),
      timed(() => cold.query('DO 0')),
    ]);
    for (const { error, elapsedMs } of outcomes) {
      expect(error).toMatchObject({ code: 'NODE_UNAVAILABLE', details: { node: 'node-0' } });
      expect(elapsedMs).toBeLessThan(SECOND_MS);
    }
    const next = await timed(() => querying.query('DO 0'));
    expect(reasonOf(next.error)).toBe('down');
    expect(next.elapsedMs).toBeLessThan(20);
  });

  it('keeps serving on its open connections when the server takes no new ones', async () => {
    await Promise.all(open.map((each) => each.close()));
    await proxy.emptied();
    proxy.answerOnly(2); // one for the pool, one for its watch
    const pool = pools({ connectionLimit: 3, connectTimeoutMs: 400, acquireDeadlineMs: 600 }).at(0);
    await pool.query('DO 0');
    const running = pool.query('SELECT SLEEP(1) AS slept');
    const refused = await timed(() => pool.query('DO 0'));
    expect(reasonOf(refused.error)).toBe('acquire-deadline');
    await expect(running).resolves.toHaveLength(1);
    expect(pool.stats()).toMatchObject({ open: 1, idle: 1, isDown: false });
  });

  it('keeps the deadline of a query by itself when the server keeps none', async () => {
    const pool = pools({ queryDeadlineMs: 100 }).at(0);
    await pool.query('DO 0');
    proxy.freeze();
    const { error, elapsedMs } = await timed(() => pool.query('DO 0'));
    expect(reasonOf(error)).toBe('query-deadline');
    expect(elapsedMs).toBeGreaterThanOrEqual(99);
    expect(elapsedMs).toBeLessThan(300);
  });

  it('serves again by itself after the server thaws', async () => {
    const pool = pools().at(0);
    await pool.query('DO 0');
    proxy.freeze();
    await timed(() => pool.query('DO 0'));
    expect(pool.stats().isDown).toBe(true);
    proxy.thaw();
    const start = performance.now();
    while (pool.stats().isDown && performance.now() - start < 3 * SECOND_MS)
      await new Promise((resolve) => setImmediate(resolve));
    await pool.query('DO 0');
    expect(performance.now() - start).toBeLessThan(2 * SECOND_MS);
  });

  it('refuses at once while the server refuses, says the node and not its password, and comes back', async () => {
    const pool = pools().at(0);
    await pool.query('DO 0');
    await proxy.refuse();
    const first = await timed(() => pool.query('DO 0'));
    expect(isConnectionLoss(first.error)).toBe(true);
    expect(first.elapsedMs).toBeLessThan(SECOND_MS);
    while (!pool.stats().isDown) await new Promise((resolve) => setImmediate(resolve));
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => timed(() => pool.query('DO 0'))));
    expect(Math.max(...outcomes.map((each) => each.elapsedMs))).toBeLessThan(100);
    const text = outcomes.map(({ error }) => `${String(error)} ${JSON.stringify(error)}`).join();
    expect(text).not.toContain(decodeURIComponent(firstNode().password));
    expect(text).not.toContain(String(proxy.port));
    await proxy.listen();
    const start = performance.now();
    while (pool.stats().isDown && performance.now() - start < SECOND_MS)
      await new Promise((resolve) => setImmediate(resolve));
    await pool.query('DO 0');
  });

  it('survives one connection that the server kills, without calling the node down', async () => {
    const pool = pools({ connectionLimit: 2 }).at(0);
    const killed = await timed(() =>
      pool.use(async (connection) => {
        const [row] = await connection.query('SELECT CONNECTION_ID() AS id');
        await Promise.all([connection.query('SELECT SLEEP(1)'), pool.query(`KILL ${String(row?.['id'])}`)]);
      }),
    );
    expect(isConnectionLoss(killed.error)).toBe(true);
    expect(pool.stats().isDown).toBe(false);
    await pool.query('DO 0');
  });

  it('finishes what holds a connection before it closes, and refuses what comes after', async () => {
    const made = new NodePools([proxy.url]);
    const pool = made.at(0);
    const running = pool.query('SELECT SLEEP(0.2) AS slept');
    while (pool.stats().open === pool.stats().idle) await new Promise((resolve) => setImmediate(resolve));
    const closing = made.close();
    const refused = await timed(() => pool.query('DO 0'));
    expect(reasonOf(refused.error)).toBe('closed');
    await expect(running).resolves.toHaveLength(1);
    await closing;
    expect(pool.stats()).toMatchObject({ open: 0, idle: 0 });
  });
});
