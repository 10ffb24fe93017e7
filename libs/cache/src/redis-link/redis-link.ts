/**
 * A connection together with the judgement whether to use it. Callers ask `isTrusted` first, so that a dead or frozen Redis costs
 * nothing: it is left alone after three failures in a row or a lost connection, and trusted again only after a probe of our own, never
 * at the expense of a request.
 */
import { Redis } from 'ioredis';
import { within } from './deadline.js';
import { openRedis } from './redis-client.js';

/** One failure may be a hiccup, three in a row are a state. */
const FAILURES_TO_DISTRUST = 3;
const PROBE_EVERY_MS = 1_000;
/** A pause (a fork, a slow command) fails everything that is under way at once and is over soon; it must not cost a second. */
const FIRST_PROBE_MS = 100;

export interface RedisLinkOptions {
  /** For one command; the caller's wait, not the server's work. */
  readonly commandTimeoutMs: number;
  /** Runs before trust returns, with the connection up; a rejection keeps the distrust. `restarted`: the server is another process. */
  readonly recover?: (redis: Redis, restarted: boolean) => Promise<void>;
  readonly onChange?: (trusted: boolean, reason: string) => void;
}

export class RedisLink {
  readonly redis: Redis;
  private trusted = false;
  private failures = 0;
  private recovering: Promise<void> | undefined;
  private serverRunId: string | undefined;
  private readonly probing: NodeJS.Timeout;

  constructor(
    url: string,
    private readonly options: RedisLinkOptions,
  ) {
    this.redis = openRedis(url, () => this.distrust('error'));
    this.redis.on('ready', () => this.tryToTrust());
    this.redis.on('close', () => this.distrust('closed'));
    this.probing = setInterval(() => this.tryToTrust(), PROBE_EVERY_MS);
    this.probing.unref();
  }

  get isTrusted(): boolean {
    return this.trusted;
  }

  /** The command's answer, or undefined when it failed or took too long; never rejects. Call it only while trusted. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<{ readonly answer: T } | undefined> {
    try {
      const answer = await within(command(this.redis), this.options.commandTimeoutMs);
      this.failures = 0;
      return { answer };
    } catch (error) {
      this.failures += 1;
      if (this.failures >= FAILURES_TO_DISTRUST) this.distrust(error instanceof Error ? error.name : 'failed');
      return undefined;
    }
  }

  /** Resolves once trusted, for tools and specs that want to start warm; false after `waitMs`. */
  async whenTrusted(waitMs: number): Promise<boolean> {
    const until = performance.now() + waitMs;
    while (!this.trusted && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 5));
    return this.trusted;
  }

  close(): void {
    clearInterval(this.probing);
    this.trusted = false;
    this.redis.removeAllListeners('close');
    this.redis.disconnect();
  }

  private distrust(reason: string): void {
    if (!this.trusted) return;
    this.trusted = false;
    setTimeout(() => this.tryToTrust(), FIRST_PROBE_MS).unref();
    this.options.onChange?.(false, reason);
  }

  private tryToTrust(): void {
    if (this.trusted || this.redis.status !== 'ready') return;
    this.recovering ??= this.recover().finally(() => {
      this.recovering = undefined;
    });
  }

  private async recover(): Promise<void> {
    try {
      const runId = await within(runIdOf(this.redis), this.options.commandTimeoutMs);
      await this.options.recover?.(this.redis, this.serverRunId !== undefined && this.serverRunId !== runId);
      this.serverRunId = runId;
    } catch {
      return;
    }
    if (this.redis.status !== 'ready') return;
    this.failures = 0;
    this.trusted = true;
    this.options.onChange?.(true, 'answers');
  }
}

/** Names the server's process: another one after a reconnect means that acknowledged writes may be missing. */
async function runIdOf(redis: Redis): Promise<string> {
  const info = await redis.info('server');
  return /run_id:(\w+)/.exec(info)?.[1] ?? '';
}
