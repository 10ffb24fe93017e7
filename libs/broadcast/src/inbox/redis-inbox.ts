import type { RedisTransaction } from '../effects/redis-transactions.js';
import type { Inbox, OnceResult } from './inbox.js';
import { assertInboxKey } from './inbox-key.js';

export interface RedisInboxOptions {
  /** Before every key. Default `ordo:inbox:`. */
  readonly prefix?: string;
  /** Seconds that a mark is kept; a repeat that comes later acts again. Default 14 days: twice what a replay can reach back. */
  readonly retentionSeconds?: number;
}

const RETENTION_SECONDS = 14 * 86_400;

/**
 * {@link Inbox} in Redis, for effects that live there: mark and effect are written by one script. An effect elsewhere (a database, a
 * call) is not covered by it: it may happen again when the consumer dies between the two. On a Redis Cluster, effects need the slot
 * of the mark: the tag is `{<consumer>:<event id>}`. A server that loses writes at a failover loses marks with them.
 */
export class RedisInbox implements Inbox<RedisTransaction> {
  private readonly prefix: string;
  private readonly retentionSeconds: number;

  constructor({ prefix = 'ordo:inbox:', retentionSeconds = RETENTION_SECONDS }: RedisInboxOptions = {}) {
    this.prefix = prefix;
    this.retentionSeconds = retentionSeconds;
  }

  async once<T>(
    tx: RedisTransaction,
    consumer: string,
    eventId: string,
    effect: () => Promise<T>,
  ): Promise<OnceResult<T>> {
    assertInboxKey('consumer', consumer);
    assertInboxKey('eventId', eventId);
    const mark = `${this.prefix}{${consumer}:${eventId}}`;
    await tx.claim(`${mark}:claim`);
    if (Number(await tx.client.call('EXISTS', mark)) === 1) return { first: false };
    const value = await effect();
    tx.add('SET', mark, '1', 'EX', this.retentionSeconds);
    return { first: true, value };
  }
}
