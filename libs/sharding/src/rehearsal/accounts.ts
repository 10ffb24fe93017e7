/**
 * Accounts that units change, with an entry per change: the books agree when the sum of the balances is the number of the entries, and
 * that of the units that were acknowledged. For the specs of transactions, each in a schema of its own.
 */
import { Refusal } from '@ordo/kernel';
import type { NodePool } from '../node-pool/node-pool.js';
import type { TransactionsRecorder } from '../transactions/batch-settler.js';
import { affectedRowsOf, type ShardUnit } from '../transactions/shard-unit.js';

export const ACCOUNTS = 100;

export class CountingRecorder implements TransactionsRecorder {
  batches: number[] = [];
  broken: string[] = [];

  batchCommitted(_node: string, units: number): void {
    this.batches.push(units);
  }

  batchBroken(_node: string, reason: string): void {
    this.broken.push(reason);
  }
}

interface Account {
  readonly id: number;
  readonly balance: number;
}

export class Accounts {
  constructor(
    private readonly schema: string,
    private readonly pool: NodePool,
  ) {}

  async create(): Promise<void> {
    await this.pool.query(
      `CREATE DATABASE IF NOT EXISTS ${this.schema};` +
        `CREATE TABLE IF NOT EXISTS ${this.schema}.account (id INT PRIMARY KEY, balance INT NOT NULL) ENGINE=InnoDB;` +
        `CREATE TABLE IF NOT EXISTS ${this.schema}.entry (entry_key VARCHAR(32) PRIMARY KEY, note VARCHAR(8) NOT NULL) ENGINE=InnoDB`,
    );
  }

  /** A hundred accounts, 1 to 100, with nothing on them. */
  async clear(): Promise<void> {
    const rows = Array.from({ length: ACCOUNTS }, (_, index) => `(${index + 1},0)`).join(',');
    await this.pool.query(
      `DELETE FROM ${this.schema}.entry; DELETE FROM ${this.schema}.account; INSERT INTO ${this.schema}.account VALUES ${rows}`,
    );
  }

  async drop(): Promise<void> {
    await this.pool.query(`DROP DATABASE ${this.schema}`);
  }

  /** Adds one to the balance of `id`, by compare-and-set under the row's lock; and to `touched`, which it has not locked before. */
  increment(id: number, note = 'x', touched?: number): ShardUnit<number> {
    const { schema } = this;
    return {
      node: 0,
      lockKey: `${schema}/${String(id).padStart(6, '0')}`,
      open: [`SELECT id, balance FROM ${schema}.account WHERE id=${id} FOR UPDATE`],
      sizeBytes: 200,
      decide: ([rows]) => {
        const [account] = rows as Account[];
        if (account === undefined) throw new Refusal('ORDER_NOT_FOUND', `no account ${id}`);
        const after = Number(account.balance) + 1;
        const key = `${id}-${after}`;
        const set = `UPDATE ${schema}.account SET balance=${after} WHERE id=${id} AND balance=${after - 1}`;
        const touch = `UPDATE ${schema}.account SET balance=balance+1 WHERE id=${touched}`;
        return {
          verdict: after,
          effects: {
            updates: touched === undefined ? [set] : [set, touch],
            inserts: [{ into: `INSERT INTO ${schema}.entry (entry_key, note)`, row: `('${key}','${note}')` }],
            proof: `SELECT entry_key FROM ${schema}.entry WHERE entry_key='${key}' LOCK IN SHARE MODE`,
          },
        };
      },
    };
  }

  /** Opens account `id`, whether there is none yet; answers whether it did. */
  openOnce(id: number): ShardUnit<boolean> {
    const { schema } = this;
    const key = `${id}-0`;
    return {
      node: 0,
      lockKey: `${schema}/new/${String(id).padStart(6, '0')}`,
      open: [`INSERT INTO ${schema}.account (id, balance) VALUES (${id},0) ON DUPLICATE KEY UPDATE balance=balance`],
      sizeBytes: 200,
      decide: ([inserted]) => {
        if (affectedRowsOf(inserted) !== 1) return { verdict: false };
        return {
          verdict: true,
          effects: {
            updates: [],
            inserts: [{ into: `INSERT INTO ${schema}.entry (entry_key, note)`, row: `('${key}','new')` }],
            proof: `SELECT entry_key FROM ${schema}.entry WHERE entry_key='${key}' LOCK IN SHARE MODE`,
          },
        };
      },
    };
  }

  async balances(): Promise<number[]> {
    const rows = await this.pool.query<Account[]>(`SELECT id, balance FROM ${this.schema}.account ORDER BY id`);
    return rows.map(({ balance }) => Number(balance));
  }

  async entries(): Promise<number> {
    const [row] = await this.pool.query<{ n: number }[]>(`SELECT COUNT(*) AS n FROM ${this.schema}.entry`);
    return Number(row?.n);
  }
}
