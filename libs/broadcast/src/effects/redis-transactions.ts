/**
 * {@link Transactions} on Redis, for consumers whose effects live there. Redis has no transaction that can wait for another and then
 * decide, so one is made of a claim and a script: the claim (a key with an owner and an end) lets one delivery in at a time; commands
 * are gathered, and one script applies them all, with the marks, if the claim still has its owner. A consumer that was frozen past its
 * claim commits nothing.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Transient } from '@ordo/kernel';
import type { Transactions } from './transactions.js';

/** What is needed of a client; `ioredis` fits as it is. */
export interface RedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}

export interface RedisTransactionsOptions {
  /** Milliseconds after which a claim whose owner died is free again; longer than a handler ever takes. Default 30000. */
  readonly claimMs?: number;
  /** Milliseconds that a delivery waits for another one of the same event before it comes again later. Default 2000. */
  readonly waitMs?: number;
}

const CLAIM_MS = 30_000;
const WAIT_MS = 2_000;
const POLL_MS = 10;
const RETRY_MS = 1_000;

/** Effects and marks in one step, if every claim is still ours. Redis undoes nothing, so a command that fails of itself is a bug. */
const COMMIT = `
for _, claim in ipairs(KEYS) do
  if redis.call('GET', claim) ~= ARGV[1] then return 0 end
end
for _, command in ipairs(cjson.decode(ARGV[2])) do redis.call(unpack(command)) end
for _, claim in ipairs(KEYS) do redis.call('DEL', claim) end
return 1`;
const RELEASE = `
for _, claim in ipairs(KEYS) do
  if redis.call('GET', claim) == ARGV[1] then redis.call('DEL', claim) end
end
return 1`;

/** One delivery's effects. Reads may go to the client directly; writes are gathered here and happen at the commit. */
export class RedisTransaction {
  private readonly token = randomUUID();
  private readonly claims: string[] = [];
  private readonly commands: string[][] = [];

  constructor(
    readonly client: RedisClient,
    private readonly options: RedisTransactionsOptions = {},
  ) {}

  /** A command of the effect, e.g. `add('INCRBY', 'sales', 3600)`. */
  add(command: string, ...args: readonly (string | number)[]): void {
    this.commands.push([command, ...args.map(String)]);
  }

  /** Waits until nobody else is at work on `key`. Throws Transient `INBOX_CONTENDED` when that takes longer than `waitMs`. */
  async claim(key: string): Promise<void> {
    const { claimMs = CLAIM_MS, waitMs = WAIT_MS } = this.options;
    const giveUpMs = performance.now() + waitMs;
    while ((await this.client.call('SET', key, this.token, 'PX', String(claimMs), 'NX')) !== 'OK') {
      if (performance.now() > giveUpMs) {
        throw new Transient('INBOX_CONTENDED', 'another delivery of the event is at work', RETRY_MS);
      }
      await sleep(POLL_MS);
    }
    this.claims.push(key);
  }

  async commit(): Promise<void> {
    if (this.commands.length === 0 && this.claims.length === 0) return;
    const applied = await this.run(COMMIT, JSON.stringify(this.commands));
    if (applied !== 1)
      throw new Transient('INBOX_CONTENDED', 'the claim ended before its effect was written', RETRY_MS);
  }

  /** Safe to repeat, also after a commit whose answer was lost. */
  async rollback(): Promise<void> {
    if (this.claims.length > 0) await this.run(RELEASE);
  }

  private run(script: string, ...args: string[]): Promise<unknown> {
    return this.client.call('EVAL', script, String(this.claims.length), ...this.claims, this.token, ...args);
  }
}

export function redisTransactions(
  client: RedisClient,
  options: RedisTransactionsOptions = {},
): Transactions<RedisTransaction> {
  return {
    async run(work) {
      const tx = new RedisTransaction(client, options);
      try {
        const result = await work(tx);
        await tx.commit();
        return result;
      } catch (cause) {
        await tx.rollback().catch(() => undefined); // the claim ends by itself
        throw cause;
      }
    },
  };
}
