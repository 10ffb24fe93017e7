/**
 * Rows of an order in Redis, `base:{orderId}` and `ext:{orderId}`; the braces keep both in one cluster slot. It may vanish at any time
 * (P9): nothing here throws because of Redis or waits longer than 25 ms, and a Redis that is away is not even asked.
 *
 * A read never gives an older row than a change that was acknowledged, because `put` is awaited before the acknowledgement, an older
 * revision never replaces a newer, and a put that failed makes its key a debt (`OwedKeys`). What is left: another process may read the
 * older row, for as long as its TTL, if this process dies in the moment between the failed put and the settling of the debt; and between
 * the return of Redis and that settling, about a second. A debt is settled by leaving its revision there without a row ({@link OUTDATED}).
 */

import { LRUCache } from 'lru-cache';
import { RedisLink } from '../redis-link/redis-link.js';
import { type CacheCounter, countNothing } from './cache-counter.js';
import { KeptRows } from './kept-rows.js';
import { LoadLimiter, type LoadLimits } from './load-limiter.js';
import { OwedKeys } from './owed-keys.js';
import { SharedReads } from './shared-reads.js';
import { SingleFlight } from './single-flight.js';
import { type VersionedRedis, valueOf, withScripts } from './versioned-value.js';

export type CacheKind = 'base' | 'ext';

export interface LoadedRow {
  readonly value: string;
  readonly revision: number;
}

/** Stands in the cache for a row that does not exist and never will; no row of ours is this text. */
export const ABSENT = '-';
/**
 * Stands in the cache for a row of which only the last revision is known: whoever meets it asks the database. It keeps out what is older and
 * still on its way: the row of a slow loader, or of a relay that lags.
 */
export const OUTDATED = '';
/** Below the revision of every row, so that one that turns up after all drives the absence out. */
const ABSENT_REVISION = 0;
/** Whoever asks for what is not there asks again and again (a wrong link, a scan), within seconds. */
const ABSENT_TTL_MS = 10_000;

export interface TableCacheOptions {
  readonly counter?: CacheCounter;
  /** Hears when the cache is left alone and when it is used again. */
  readonly onTrust?: (trusted: boolean, reason: string) => void;
  /** Bounds every call. Default 25. */
  readonly commandTimeoutMs?: number;
  /** Per family; jittered by ± 10 % so that what was written together does not expire together. Default 5 and 30 minutes. */
  readonly ttlMs?: Readonly<Record<CacheKind, number>>;
  readonly limits?: LoadLimits;
  /** Before `base` and `ext`; for specs that share a server. Default none. */
  readonly keyPrefix?: string;
}

/** What a caller of the platform tolerates beside its own work (DESIGN P9); a healthy Redis answers in one. */
const COMMAND_TIMEOUT_MS = 25;
/** A base changes for about an hour and is read most in its first minutes; an ext never changes. */
const TTL_MS: Readonly<Record<CacheKind, number>> = { base: 300_000, ext: 1_800_000 };
/** DESIGN §7. Larger rows are read from the database: they would push many small ones out. */
const MAX_KEY_BYTES = 1_024;
const MAX_VALUE_BYTES = 10_240;
/** Debts settled per round trip. */
const SETTLE_AT_ONCE = 500;
const SETTLE_AFTER_MS = 200;
const SWEEP_AT_ONCE = 1_000;
/** Longer than any load may take (the pool's deadline is 2 s). */
const RECENT_MS = 5_000;
const RECENT_PUTS = 20_000;
const NO_ROW: LoadedRow = { value: ABSENT, revision: ABSENT_REVISION };

export class TableCache {
  private readonly link: RedisLink;
  private readonly redis: VersionedRedis;
  private readonly counter: CacheCounter;
  private readonly limiter: LoadLimiter;
  private readonly owed = new OwedKeys();
  private readonly kept = new KeptRows();
  /** Revisions that this process put a moment ago: where Redis has lost one, a slower load may not put an older row in its place. */
  private readonly recent = new LRUCache<string, number>({ max: RECENT_PUTS, ttl: RECENT_MS });
  private readonly shared = new SharedReads();
  private readonly flights = new SingleFlight<LoadedRow | undefined>();
  private settling: NodeJS.Timeout | undefined;

  constructor(
    url: string,
    private readonly options: TableCacheOptions = {},
  ) {
    this.counter = options.counter ?? countNothing;
    this.limiter = new LoadLimiter(options.limits);
    this.link = new RedisLink(url, {
      commandTimeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
      recover: (_redis, restarted) => this.recover(restarted),
      ...(options.onTrust === undefined ? {} : { onChange: options.onTrust }),
    });
    this.redis = withScripts(this.link.redis);
  }

  /** Whether Redis is in use at the moment; for health. */
  get isTrusted(): boolean {
    return this.link.isTrusted;
  }

  /** Resolves once Redis is in use, or with false after `waitMs`; nothing needs it to be. */
  whenTrusted(waitMs: number): Promise<boolean> {
    return this.link.whenTrusted(waitMs);
  }

  /** The cached text, or {@link OUTDATED}; undefined for absent, unreachable, too slow or not to be trusted. Never throws. */
  async get(kind: CacheKind, id: string): Promise<string | undefined> {
    const key = this.keyOf(kind, id);
    const kept = this.kept.get(key);
    if (kept !== undefined) return this.local(kind, kept);
    if (!this.link.isTrusted || this.owed.has(key)) return this.count(kind, 'skipped');
    const asked = await this.shared.read(key, () => this.link.ask((redis) => redis.get(key)));
    if (asked === undefined) return this.count(kind, 'error');
    return this.judged(kind, key, asked.answer);
  }

  /** Both rows of one order in one command, or one row where the other is in the process. Never throws. */
  async getPair(id: string): Promise<{ readonly base: string | undefined; readonly ext: string | undefined }> {
    const kept = this.kept.get(this.keyOf('ext', id));
    if (kept !== undefined) return { base: await this.get('base', id), ext: this.local('ext', kept) };
    if (this.kept.get(this.keyOf('base', id)) === ABSENT) return { base: this.local('base', ABSENT), ext: undefined };
    const [base, ext] = await this.getKeys([
      ['base', id],
      ['ext', id],
    ]);
    return { base, ext };
  }

  /** In the order of `ids`, in one command. Never throws. */
  getMany(kind: CacheKind, ids: readonly string[]): Promise<readonly (string | undefined)[]> {
    return this.getKeys(ids.map((id) => [kind, id] as const));
  }

  /** Writes unless a newer revision is there. Await it before a change is acknowledged; ≤ 25 ms. Never throws, safe to repeat. */
  put(kind: CacheKind, id: string, value: string, revision: number): Promise<void> {
    const key = this.keyOf(kind, id);
    if ((this.recent.get(key) ?? -1) < revision) this.recent.set(key, revision);
    return this.write(kind, key, { value, revision }, true);
  }

  /**
   * The cached text, or what `load` gives, which is then cached; undefined (or {@link ABSENT}, from the cache) when there is no such row.
   * One load per key at a time. `absentForEver`: a row that `load` does not find can never come to be, and its absence is cached too.
   * Throws only what `load` throws, or Transient OVERLOADED when too many loads wait.
   */
  async loadThrough(
    kind: CacheKind,
    id: string,
    load: () => Promise<LoadedRow | undefined>,
    { absentForEver = false }: { readonly absentForEver?: boolean } = {},
  ): Promise<string | undefined> {
    const cached = await this.get(kind, id);
    if (cached !== undefined && cached !== OUTDATED) return cached;
    const row = await this.flights.join(
      this.keyOf(kind, id),
      async (follows) => (follows ? await this.cachedRow(kind, id) : undefined) ?? this.limiter.run(load),
      (loaded) => this.keep(kind, id, loaded ?? (absentForEver ? NO_ROW : undefined)),
    );
    return row?.value;
  }

  close(): Promise<void> {
    clearTimeout(this.settling);
    this.link.close();
    return Promise.resolve();
  }

  /** A revision below any: what came from the cache is not written back. */
  private async cachedRow(kind: CacheKind, id: string): Promise<LoadedRow | undefined> {
    const value = await this.get(kind, id);
    return value === undefined || value === OUTDATED ? undefined : { value, revision: -1 };
  }

  /** What a loader read may be older than a change that is still owed; then it is not worth writing. */
  private async keep(kind: CacheKind, id: string, row: LoadedRow | undefined): Promise<void> {
    const key = this.keyOf(kind, id);
    if (row === undefined || row.revision < 0 || !this.link.isTrusted) return;
    if (this.owed.exceeds(key, row.revision) || (this.recent.get(key) ?? -1) > row.revision) return;
    await this.write(kind, key, row, false);
  }

  /**
   * A row too large to cache still drives out the older one that was not. A change that could not be written is owed; what a loader read
   * is not: nobody was told of it as new, and a debt would send every reader of the key to the database until it is settled.
   */
  private async write(kind: CacheKind, key: string, { value, revision }: LoadedRow, isOwed: boolean): Promise<void> {
    if (!this.link.isTrusted) return isOwed ? this.owe(key, revision) : undefined;
    const fits = key.length <= MAX_KEY_BYTES && Buffer.byteLength(value) <= MAX_VALUE_BYTES;
    const asked = await this.link.ask(() =>
      fits
        ? this.redis.ordoPut(key, revision, value, this.ttlMsOf(kind, value))
        : this.redis.ordoDropOlder(key, revision),
    );
    if (asked !== undefined) this.owed.settle(key, revision);
    else if (isOwed) this.owe(key, revision);
  }

  private async getKeys(wanted: readonly (readonly [CacheKind, string])[]): Promise<readonly (string | undefined)[]> {
    if (wanted.length === 0) return [];
    if (!this.link.isTrusted) return wanted.map(([kind]) => this.count(kind, 'skipped'));
    const keys = wanted.map(([kind, id]) => this.keyOf(kind, id));
    const asked = await this.link.ask((redis) => redis.mget(keys));
    if (asked === undefined) return wanted.map(([kind]) => this.count(kind, 'error'));
    return wanted.map(([kind], index) => this.judged(kind, keys[index] as string, asked.answer[index]));
  }

  /** An owed key that was asked for all the same (or became owed meanwhile) counts as skipped. */
  private judged(kind: CacheKind, key: string, stored: string | null | undefined): string | undefined {
    if (this.owed.has(key)) return this.count(kind, 'skipped');
    const value = valueOf(stored);
    this.count(kind, value === undefined || value === OUTDATED ? 'miss' : value === ABSENT ? 'absent' : 'hit');
    // A snapshot never changes, and what cannot come to be stays away: only these may be answered without asking.
    if (value !== undefined && (kind === 'ext' || value === ABSENT)) this.kept.offer(key, value);
    return value;
  }

  private local(kind: CacheKind, value: string): string {
    this.counter.cacheRead(kind, 'local');
    return value;
  }

  private count(kind: CacheKind, outcome: 'hit' | 'miss' | 'absent' | 'error' | 'skipped'): undefined {
    this.counter.cacheRead(kind, outcome);
    return undefined;
  }

  private owe(key: string, revision: number): void {
    this.owed.add(key, revision);
    if (this.link.isTrusted) this.settleSoon();
  }

  /** A single put that failed while Redis is in use is settled without waiting for an outage to end. */
  private settleSoon(): void {
    if (this.settling !== undefined) return;
    this.settling = setTimeout(() => {
      this.settling = undefined;
      void this.settleOwed().catch(() => this.settleSoon());
    }, SETTLE_AFTER_MS);
    this.settling.unref();
  }

  /** Before Redis is used again: nothing in it may be older than what was acknowledged. A restarted server may have lost any write. */
  private async recover(restarted: boolean): Promise<void> {
    if (restarted || this.owed.mustSweep) {
      await this.sweep();
      this.owed.settleAll();
    }
    await this.settleOwed();
  }

  private async settleOwed(): Promise<void> {
    for (let batch = this.owed.take(SETTLE_AT_ONCE); batch.length > 0; batch = this.owed.take(SETTLE_AT_ONCE)) {
      await Promise.all(
        batch.map(([key, revision]) => this.redis.ordoOutdate(key, revision, this.ttlMsOf('base', OUTDATED))),
      );
      for (const [key, revision] of batch) this.owed.settle(key, revision);
    }
  }

  private async sweep(): Promise<void> {
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', this.keyOf('base', '*'), 'COUNT', SWEEP_AT_ONCE);
      if (keys.length > 0) await this.redis.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  }

  private keyOf(kind: CacheKind, id: string): string {
    return `${this.options.keyPrefix ?? ''}${kind}:{${id}}`;
  }

  private ttlMsOf(kind: CacheKind, value: string): number {
    const ttlMs = value === ABSENT ? ABSENT_TTL_MS : (this.options.ttlMs ?? TTL_MS)[kind];
    return Math.round(ttlMs * (0.9 + Math.random() * 0.2));
  }
}
