import { invariant, Transient } from '@ordo/kernel';
import type { Inbox, InboxConnection, OnceResult } from './inbox.js';
import { assertInboxKey } from './inbox-key.js';

const TABLE = /^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)?$/;
/** Deadlock victim (already rolled back by InnoDB) and lock wait timeout. */
const CONTENTION: ReadonlySet<unknown> = new Set([1213, 1205]);
const CONTENTION_RETRY_MS = 100;

/**
 * {@link Inbox} in a table `(consumer, event_id, handled_at)` with primary key (consumer, event_id), which has to lie in the
 * database that the effect writes to. INSERT IGNORE takes the lock that closes the race of two deliveries and says 1 for a new
 * row and 0 for a repeat whether CLIENT_FOUND_ROWS is set or not; ON DUPLICATE KEY UPDATE says 1 for both where it is set (mysql2's
 * default). IGNORE also cuts what is too long, which is why keys are checked before.
 */
export class MysqlInbox implements Inbox {
  constructor(private readonly table = 'ordo_node.inbox') {
    invariant(TABLE.test(table), 'inbox table is a plain name', { table });
  }

  async once<T>(
    tx: InboxConnection,
    consumer: string,
    eventId: string,
    effect: () => Promise<T>,
  ): Promise<OnceResult<T>> {
    assertInboxKey('consumer', consumer);
    assertInboxKey('eventId', eventId);
    const isNew = await this.mark(tx, consumer, eventId);
    return isNew ? { first: true, value: await effect() } : { first: false };
  }

  private async mark(tx: InboxConnection, consumer: string, eventId: string): Promise<boolean> {
    const sql = `INSERT IGNORE INTO ${this.table} (consumer, event_id, handled_at) VALUES ('${consumer}', '${eventId}', UTC_TIMESTAMP(3))`;
    const rows = affectedRowsOf(await tx.query(sql).catch(asContention));
    invariant(rows === 0 || rows === 1, 'an inbox mark is one row', { consumer, eventId, rows });
    return rows === 1;
  }
}

function asContention(cause: unknown): never {
  const errno = cause instanceof Error && 'errno' in cause ? cause.errno : undefined;
  if (!CONTENTION.has(errno)) throw cause;
  const message = 'another delivery of the event holds its inbox row';
  throw new Transient('INBOX_CONTENDED', message, CONTENTION_RETRY_MS, { errno }, { cause });
}

/** mysql2's promise API answers [result, fields]; its wrappers answer the result. */
function affectedRowsOf(answer: unknown): unknown {
  const result: unknown = Array.isArray(answer) ? answer[0] : answer;
  return typeof result === 'object' && result !== null && 'affectedRows' in result ? result.affectedRows : undefined;
}
