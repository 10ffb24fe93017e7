/** {@link Transactions} on a pool of mysql2 (`mysql2/promise`), or on anything of its shape: the library does not bring a driver. */
import { Transient } from '@ordo/kernel';
import type { Transactions } from './transactions.js';

export interface MysqlPoolConnection {
  query(sql: string): Promise<unknown>;
  beginTransaction(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  release(): void;
  destroy(): void;
}

export interface MysqlPool<Connection extends MysqlPoolConnection> {
  getConnection(): Promise<Connection>;
}

/** Deadlock victim, lock wait timeout, record changed since the snapshot (MariaDB's snapshot isolation). */
const CONTENTION: ReadonlySet<unknown> = new Set([1213, 1205, 1020]);
/** Too many connections, shutting down, read-only after a failover, connection killed (1317: in mid-statement), statement killed for its time. */
const AWAY: ReadonlySet<unknown> = new Set([1040, 1053, 1290, 1317, 1792, 1836, 1927, 1969, 3024, 3168]);
const AWAY_CODES: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENOTFOUND', 'PROTOCOL_CONNECTION_LOST'],
]);
const CONTENTION_RETRY_MS = 100;
const AWAY_RETRY_MS = 1_000;

export function mysqlTransactions<Connection extends MysqlPoolConnection>(
  pool: MysqlPool<Connection>,
): Transactions<Connection> {
  return {
    async run(work) {
      const connection = await pool.getConnection().catch(asTransient);
      try {
        await connection.beginTransaction();
        const result = await work(connection);
        await connection.commit();
        connection.release();
        return result;
      } catch (cause) {
        await abandon(connection);
        return asTransient(cause);
      }
    },
  };
}

/** A connection that cannot even roll back is not given to anybody else. */
async function abandon(connection: MysqlPoolConnection): Promise<void> {
  try {
    await connection.rollback();
    connection.release();
  } catch {
    connection.destroy();
  }
}

function asTransient(cause: unknown): never {
  // By its members and not by its class: drivers are loaded in realms of their own (a test runner's, a bundle's).
  const { errno, code, fatal } = Object(cause) as Readonly<Partial<Record<'errno' | 'code' | 'fatal', unknown>>>;
  // The driver found its connection closed before the server could say anything.
  const isClosed = fatal === true && errno === undefined && code === undefined;
  if (CONTENTION.has(errno)) {
    throw new Transient(
      'EFFECT_CONTENDED',
      'the database chose another transaction',
      CONTENTION_RETRY_MS,
      { errno },
      { cause },
    );
  }
  if (isClosed || AWAY.has(errno) || AWAY_CODES.has(code)) {
    throw new Transient(
      'EFFECT_STORE_AWAY',
      'the database of the effects is away',
      AWAY_RETRY_MS,
      { errno, code },
      { cause },
    );
  }
  throw cause;
}
