import { invariant, isDecimalId } from '@ordo/kernel';
import type { RedisTransaction } from '../effects/redis-transactions.js';
import { assertInboxKey } from '../inbox/inbox-key.js';
import type { Positions } from './positions.js';

export interface RedisPositionsOptions {
  /** Before every key. Default `ordo:position:`. */
  readonly prefix?: string;
  /** Seconds without an event after which an order is forgotten. Default 90 days. */
  readonly retentionSeconds?: number;
}

const RETENTION_SECONDS = 90 * 86_400;

/** {@link Positions} in Redis, for effects that live there. The limits of `RedisInbox` hold; the tag is `{<consumer>:<order id>}`. */
export class RedisPositions implements Positions<RedisTransaction> {
  private readonly prefix: string;
  private readonly retentionSeconds: number;

  constructor({ prefix = 'ordo:position:', retentionSeconds = RETENTION_SECONDS }: RedisPositionsOptions = {}) {
    this.prefix = prefix;
    this.retentionSeconds = retentionSeconds;
  }

  async last(tx: RedisTransaction, consumer: string, orderId: string): Promise<number> {
    const key = this.keyOf(consumer, orderId);
    await tx.claim(`${key}:claim`);
    return Number((await tx.client.call('GET', key)) ?? 0);
  }

  async advance(tx: RedisTransaction, consumer: string, orderId: string, version: number): Promise<void> {
    invariant(Number.isSafeInteger(version) && version > 0, 'a version is a positive integer', { orderId, version });
    tx.add('SET', this.keyOf(consumer, orderId), version, 'EX', this.retentionSeconds);
  }

  private keyOf(consumer: string, orderId: string): string {
    assertInboxKey('consumer', consumer);
    invariant(isDecimalId(orderId), 'an order id is decimal', { orderId });
    return `${this.prefix}{${consumer}:${orderId}}`;
  }
}
