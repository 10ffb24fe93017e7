/**
 * What the driver and the server say of a connection that is ended under a handler, on the real ones: both errors are easily taken for a poison
 * event, because one names the statement and the other carries neither number nor code.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invariant, Transient } from '@ordo/kernel';
import { type Connection, createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { mysqlTransactions } from './mysql-transactions.js';

const schema = `rehearsal_effects_${randomBytes(5).toString('hex')}`;
const LOCKING_READ = `SELECT id FROM ${schema}.effect WHERE id = 1 FOR UPDATE`;
const LOOK_EVERY_MS = 20;

function mysqlUrl(): string {
  const url = process.env.ORDO_MYSQL_NODES?.split(',')[0];
  invariant(url, 'ORDO_MYSQL_NODES is not set: run `npm test`');
  return url;
}

async function idOf(connection: Pick<Connection, 'query'>): Promise<number> {
  const [rows] = await connection.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id');
  return Number(rows[0]?.['id']);
}

const failureOf = (run: Promise<unknown>): Promise<Error> =>
  run.then(
    () => new Error('nothing failed'),
    (error: Error) => error,
  );

describe('mysqlTransactions, on a connection that is ended under the handler', () => {
  let admin: Connection;
  let pool: Pool;

  beforeAll(async () => {
    admin = await createConnection(mysqlUrl());
    await admin.query(`CREATE DATABASE ${schema}`);
    await admin.query(`CREATE TABLE ${schema}.effect (id INT PRIMARY KEY) ENGINE=InnoDB`);
    await admin.query(`INSERT INTO ${schema}.effect VALUES (1)`);
    pool = createPool({ uri: mysqlUrl(), connectionLimit: 1 });
  });

  afterAll(async () => {
    await pool.end();
    await admin.query(`DROP DATABASE ${schema}`);
    await admin.end();
  });

  /** The server works on it: an interruption that comes before is one of nothing. */
  async function runs(id: number, statement: string): Promise<void> {
    const sql = `SELECT 1 FROM information_schema.processlist WHERE id = ${id} AND info = '${statement}'`;
    for (;;) {
      const [rows] = await admin.query<RowDataPacket[]>(sql);
      if (rows.length > 0) return;
      await sleep(LOOK_EVERY_MS);
    }
  }

  it('calls a statement that the server interrupts (1317) transient, and goes on with the connection', async () => {
    let id = 0;
    await admin.beginTransaction();
    await admin.query(LOCKING_READ);
    const failed = mysqlTransactions(pool).run(async (tx) => {
      id = await idOf(tx);
      await Promise.all([tx.query(LOCKING_READ), runs(id, LOCKING_READ).then(() => admin.query(`KILL QUERY ${id}`))]);
    });
    const error = await failureOf(failed);
    await admin.rollback();
    expect(error).toBeInstanceOf(Transient);
    expect(error).toMatchObject({ code: 'EFFECT_STORE_AWAY', cause: { errno: 1317 } });
    expect(await mysqlTransactions(pool).run(idOf)).toBe(id);
  });

  it('calls a connection that was closed before the query transient, and takes another for the next event', async () => {
    let id = 0;
    const failed = mysqlTransactions(pool).run(async (tx) => {
      id = await idOf(tx);
      const noticed = once(tx.connection, 'error');
      await admin.query(`KILL ${id}`);
      await noticed;
      await tx.query('SELECT 1');
    });
    const error = await failureOf(failed);
    expect(error).toBeInstanceOf(Transient);
    expect(error).toMatchObject({ code: 'EFFECT_STORE_AWAY', cause: { fatal: true } });
    // The driver's own words, not the server's: there is nothing else to know it by.
    expect([Object(error.cause).errno, Object(error.cause).code]).toEqual([undefined, undefined]);
    expect(await mysqlTransactions(pool).run(idOf)).not.toBe(id);
  });

  it('lets a refused login through as it is: waiting mends no password', async () => {
    const uri = new URL(mysqlUrl());
    uri.password = 'not-the-password';
    const strangers = createPool({ uri: uri.href, connectionLimit: 1 });
    const error = await failureOf(mysqlTransactions(strangers).run(async () => undefined));
    await strangers.end();
    expect(error).not.toBeInstanceOf(Transient);
    expect(error).toMatchObject({ errno: 1045 });
  });
});
