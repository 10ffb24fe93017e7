import { invariant, isDecimalId } from '@ordo/kernel';
import type { InboxConnection } from '../inbox/inbox.js';
import { assertInboxKey } from '../inbox/inbox-key.js';
import type { Positions } from './positions.js';

const TABLE = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?$/;

/**
 * {@link Positions} in a table `(consumer, order_id, version)` with primary key (consumer, order_id), in the database that the effect
 * writes to. The upsert that changes nothing takes the exclusive lock that closes the race of two deliveries, whether the row was there
 * or not: a locking read alone locks no row that is not there, and INSERT IGNORE would take a shared lock that two could wait behind.
 */
export class MysqlPositions implements Positions<InboxConnection> {
  constructor(private readonly table: string) {
    invariant(TABLE.test(table), 'positions table is a plain name', { table });
  }

  async last(tx: InboxConnection, consumer: string, orderId: string): Promise<number> {
    const where = this.keyOf(consumer, orderId);
    await tx.query(
      `INSERT INTO ${this.table} (consumer, order_id, version) VALUES ('${consumer}', ${orderId}, 0) ON DUPLICATE KEY UPDATE version = version`,
    );
    const answer = await tx.query(`SELECT version FROM ${this.table} WHERE ${where} FOR UPDATE`);
    const rows: unknown = Array.isArray(answer) && Array.isArray(answer[0]) ? answer[0] : answer;
    invariant(Array.isArray(rows) && rows.length === 1, 'a position is one row', { consumer, orderId });
    return Number((rows[0] as { version: unknown }).version);
  }

  async advance(tx: InboxConnection, consumer: string, orderId: string, version: number): Promise<void> {
    invariant(Number.isSafeInteger(version) && version > 0, 'a version is a positive integer', { orderId, version });
    await tx.query(`UPDATE ${this.table} SET version = ${version} WHERE ${this.keyOf(consumer, orderId)}`);
  }

  private keyOf(consumer: string, orderId: string): string {
    assertInboxKey('consumer', consumer);
    invariant(isDecimalId(orderId), 'an order id is decimal', { orderId });
    return `consumer = '${consumer}' AND order_id = ${orderId}`;
  }
}
