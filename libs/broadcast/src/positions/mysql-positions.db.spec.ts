/** The Positions contract on the real database, at both isolation levels; and `mysqlTransactions` under deadlocks and lost connections. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invariant, Transient } from '@ordo/kernel';
import { type Connection, createConnection, createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { mysqlTransactions } from '../effects/mysql-transactions.js';
import type { InboxConnection } from '../inbox/inbox.js';
import { MysqlPositions } from './mysql-positions.repository.js';
import { type PositionsHarness, positionsContract } from './positions.contract.js';

const schema = `rehearsal_positions_${randomBytes(5).toString('hex')}`;

function mysqlUrl(): string {
  const url = process.env.ORDO_MYSQL_NODES?.split(',')[0];
  invariant(url, 'ORDO_MYSQL_NODES is not set: run `npm test`');
  return url;
}

describe('on MySQL', () => {
  let admin: Connection;
  let pool: Pool;

  beforeAll(async () => {
    admin = await createConnection(mysqlUrl());
    await admin.query(`CREATE DATABASE ${schema}`);
    await admin.query(
      `CREATE TABLE ${schema}.position (consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
         order_id BIGINT UNSIGNED NOT NULL, version INT UNSIGNED NOT NULL, PRIMARY KEY (consumer, order_id)) ENGINE=InnoDB`,
    );
    await admin.query(`CREATE TABLE ${schema}.effect (id INT PRIMARY KEY, amount INT NOT NULL) ENGINE=InnoDB`);
    await admin.query(`INSERT INTO ${schema}.effect VALUES (1, 0), (2, 0)`);
    pool = createPool({ uri: mysqlUrl(), connectionLimit: 4 });
  });

  afterAll(async () => {
    await pool.end();
    await admin.query(`DROP DATABASE ${schema}`);
    await admin.end();
  });

  const amountOf = async (id: number): Promise<number> => {
    const [rows] = await admin.query<RowDataPacket[]>(`SELECT amount FROM ${schema}.effect WHERE id = ${id}`);
    return Number(rows[0]?.amount);
  };

  describe.each(['READ COMMITTED', 'REPEATABLE READ'])('MysqlPositions under %s', (isolation) => {
    const open: Connection[] = [];
    const harness: PositionsHarness<InboxConnection> = {
      positions: new MysqlPositions(`${schema}.position`),
      uniqueOrder: () => String(randomBytes(6).readUIntBE(0, 6) + 1),
      begin: async () => {
        const connection = await createConnection(mysqlUrl());
        open.push(connection);
        await connection.query(`SET SESSION TRANSACTION ISOLATION LEVEL ${isolation}`);
        await connection.beginTransaction();
        return { connection, commit: () => connection.commit(), rollback: () => connection.rollback() };
      },
    };

    afterAll(() => Promise.all(open.map((connection) => connection.end())));

    it.each(positionsContract.map(({ name, run }) => [name, run] as const))('keeps that %s', async (_, run) => {
      await expect(run(harness)).resolves.toBeUndefined();
    });
  });

  describe('mysqlTransactions', () => {
    it('commits what returned and nothing of what threw, and gives every connection back', async () => {
      const transactions = mysqlTransactions(pool);
      const add = (id: number) => `UPDATE ${schema}.effect SET amount = amount + 1 WHERE id = ${id}`;
      for (let round = 0; round < 12; round += 1) {
        await transactions.run((tx) => tx.query(add(1)));
        const failure = new Error('effect failed');
        const failed = transactions.run(async (tx) => {
          await tx.query(add(2));
          throw failure;
        });
        await expect(failed).rejects.toBe(failure);
      }
      expect([await amountOf(1), await amountOf(2)]).toEqual([12, 0]);
    });

    it('calls a deadlock transient, so that the event comes again, and the pool survives it', async () => {
      const transactions = mysqlTransactions(pool);
      const opened = { one: () => {}, two: () => {} };
      const [first, second] = [
        new Promise<void>((resolve) => (opened.one = resolve)),
        new Promise<void>((resolve) => (opened.two = resolve)),
      ];
      const lock = (id: number) => `SELECT * FROM ${schema}.effect WHERE id = ${id} FOR UPDATE`;
      const crossing = [
        transactions.run(async (tx) => {
          await tx.query(lock(1));
          opened.one();
          await second;
          await tx.query(lock(2));
        }),
        transactions.run(async (tx) => {
          await tx.query(lock(2));
          opened.two();
          await first;
          await tx.query(lock(1));
        }),
      ];
      const outcomes = await Promise.allSettled(crossing);
      const failed = outcomes.filter((outcome) => outcome.status === 'rejected');
      expect(failed).toHaveLength(1);
      expect(failed[0]?.reason).toBeInstanceOf(Transient);
      await expect(transactions.run((tx) => tx.query(lock(1)))).resolves.toBeDefined();
    });

    it('calls a connection that is killed in the middle transient, and does not keep it', async () => {
      const transactions = mysqlTransactions(pool);
      const failed = transactions.run(async (tx) => {
        const [rows] = await tx.query<RowDataPacket[]>('SELECT CONNECTION_ID() AS id');
        await admin.query(`KILL ${rows[0]?.id}`);
        await tx.query('SELECT 1');
      });
      await expect(failed).rejects.toBeInstanceOf(Transient);
      for (let round = 0; round < 6; round += 1) await transactions.run((tx) => tx.query('SELECT 1'));
    });

    it('calls a database that is not there transient', async () => {
      const nowhere = createPool({ uri: 'mysql://ordo@127.0.0.1:1', connectionLimit: 1 });
      await expect(mysqlTransactions(nowhere).run(async () => undefined)).rejects.toBeInstanceOf(Transient);
      await nowhere.end();
    });
  });
});
