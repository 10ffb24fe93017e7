/** The wheel of a queue as Redis holds it, read from outside; names of keys as the scripts of @ordo/timers document them. */
import { PARTITION_COUNT } from '@ordo/timers';
import { Redis } from 'ioredis';

const SCAN_COUNT = 10_000;
const PIPELINED = 1_000;

export class IndexReader {
  private readonly redis: Redis;

  constructor(
    url: string,
    private readonly queue: string,
  ) {
    this.redis = new Redis(url);
    this.redis.on('error', () => undefined);
  }

  async flush(): Promise<void> {
    await this.redis.flushall();
  }

  /** Whether every partition has a generation and all of its horizon loaded. */
  async isComplete(): Promise<boolean> {
    const reading = this.redis.pipeline();
    for (let partition = 0; partition < PARTITION_COUNT; partition += 1) {
      reading.hmget(`{${this.queue}:${partition}}`, 'g', 'f', 'h');
    }
    const states = (await reading.exec()) ?? [];
    return states.every(([, state]) => {
      const [generation, fed, horizon] = state as (string | null)[];
      return generation !== null && fed !== null && fed === horizon;
    });
  }

  /** Every id in a slot, as often as it is there. */
  async ids(): Promise<string[]> {
    const slots: string[] = [];
    for (let cursor = '0', isFirst = true; isFirst || cursor !== '0'; isFirst = false) {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', `{${this.queue}:*}s*`, 'COUNT', SCAN_COUNT);
      slots.push(...keys);
      cursor = next;
    }
    const ids: string[] = [];
    for (let start = 0; start < slots.length; start += PIPELINED) {
      const reading = this.redis.pipeline();
      for (const slot of slots.slice(start, start + PIPELINED)) reading.smembers(slot);
      for (const [, members] of (await reading.exec()) ?? []) ids.push(...(members as string[]));
    }
    return ids;
  }

  async close(): Promise<void> {
    await this.redis.quit();
  }
}
