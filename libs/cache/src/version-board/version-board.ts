/**
 * Numbers that only rise, one per subject, for many who ask whether something has changed. The truth lies in a database; this is its copy
 * in a Redis that may vanish, and the tap on the shoulder of those who wait.
 *
 * A number that is here was true when it was written. It may be behind the truth for as long as whoever raised it needed to reach Redis:
 * a raise that failed is made good by a DOUBT, a random word that every reader looks at twice a second; with a new word nobody believes a
 * number that he has not compared with the database since. A server that comes back, a reader that was cut off and a raiser that starts
 * bring a new word or forget what they had compared. A reader that was cut off believes nothing for some seconds more: a raiser may find the
 * server later than he does, and fails until then. Numbers expire, so that whatever all of this misses ends within minutes.
 */
import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { RedisLink } from '../redis-link/redis-link.js';
import { type CacheCounter, countNothing } from '../table-cache/cache-counter.js';
import { SharedReads } from '../table-cache/shared-reads.js';
import { RaiseListener, type RaiseWatcher } from './raise-listener.js';
import { type Raise, type RaisingRedis, raisedText, withRaise } from './raise-script.js';

export interface VersionBoardOptions {
  /** Family of the keys and of the counter, e.g. `feed`. */
  readonly name: string;
  /** Whether this process raises: it then casts doubt when it starts, because its predecessor may have died between commit and raise. */
  readonly raises: boolean;
  readonly counter?: CacheCounter;
  /** Default 25, as for every call to the cache. */
  readonly commandTimeoutMs?: number;
  /** For specs that share a server. Default none. */
  readonly keyPrefix?: string;
}

const COMMAND_TIMEOUT_MS = 25;
/** The longest that a lost raise can stay unnoticed, and the rarest that a subject costs the database a read: once in 10 minutes, ± 10 %. */
const TTL_MS = 600_000;
/** Half a second of an old answer after a raiser's outage has ended; two commands a second and process. */
const LOOK_FOR_DOUBT_MS = 500;
const SETTLE_AFTER_MS = 200;
/** Longer than a raiser that runs takes to find a server that is back (it tries every second) and to cast its doubt. */
const RAISERS_BACK_MS = 3_000;
/** Subjects that a process remembers to have compared; a merchant that is forgotten is compared once more. */
const COMPARED = 200_000;

export class VersionBoard {
  private readonly link: RedisLink;
  private readonly redis: RaisingRedis;
  private readonly counter: CacheCounter;
  private readonly shared = new SharedReads();
  private readonly compared = new LRUCache<string, true>({ max: COMPARED });
  private readonly looking: NodeJS.Timeout;
  private listener: RaiseListener | undefined;
  private doubt: string | null | undefined;
  private owesDoubt: boolean;
  private settling: NodeJS.Timeout | undefined;
  private comparisons = 0;
  /** The connection was lost since Redis was last used; a server that was only slow loses nobody's raises for longer than a moment. */
  private wasCutOff = false;
  private believesFromMs = 0;

  constructor(
    private readonly url: string,
    private readonly options: VersionBoardOptions,
  ) {
    this.counter = options.counter ?? countNothing;
    this.owesDoubt = options.raises;
    this.link = new RedisLink(url, {
      commandTimeoutMs: options.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
      recover: () => this.recover(),
    });
    this.redis = withRaise(this.link.redis);
    this.link.redis.on('close', () => {
      this.wasCutOff = true;
    });
    this.looking = setInterval(() => void this.lookForDoubt(), LOOK_FOR_DOUBT_MS);
    this.looking.unref();
  }

  get isTrusted(): boolean {
    return this.link.isTrusted;
  }

  whenTrusted(waitMs: number): Promise<boolean> {
    return this.link.whenTrusted(waitMs);
  }

  /** Rises with every doubt: what was read from the database before it proves nothing after it. */
  get era(): number {
    return this.comparisons;
  }

  /** One command. Undefined: ask the database, and {@link note} what it says. Never throws, ≤ 25 ms. */
  async read(subject: string): Promise<number | undefined> {
    if (!this.link.isTrusted || !this.compared.has(subject)) return this.count('skipped');
    const key = this.keyOf(subject);
    const asked = await this.shared.read(key, () => this.link.ask((redis) => redis.get(key)));
    if (asked === undefined) return this.count('error');
    return this.judged(subject, asked.answer);
  }

  /** As {@link read}, in one command for all of them. */
  async readMany(subjects: readonly string[]): Promise<readonly (number | undefined)[]> {
    if (subjects.length === 0 || !this.link.isTrusted) return subjects.map(() => undefined);
    const asked = await this.link.ask((redis) => redis.mget(subjects.map((subject) => this.keyOf(subject))));
    if (asked === undefined) return subjects.map(() => undefined);
    return subjects.map((subject, index) =>
      this.compared.has(subject) ? this.judged(subject, asked.answer[index]) : undefined,
    );
  }

  /** After the change behind it is durable. Tells those who watch. Never throws, ≤ 25 ms; what fails is made good by a doubt. */
  async raise(raises: readonly Raise[]): Promise<void> {
    if (raises.length === 0) return;
    if (!(await this.write(raises, true))) this.oweDoubt();
  }

  /** What the database said in `era`; from now on {@link read} answers for this subject. Never throws. */
  async note(subject: string, version: number, era: number): Promise<void> {
    const written = await this.write([[subject, version]], false);
    if (written && era === this.comparisons && performance.now() >= this.believesFromMs)
      this.compared.set(subject, true);
  }

  /** Hears of every raise from now on, and whenever some may have been missed. */
  watch(watcher: RaiseWatcher): void {
    this.listener ??= new RaiseListener(this.url, this.channel);
    this.listener.add(watcher);
  }

  close(): void {
    clearInterval(this.looking);
    clearTimeout(this.settling);
    this.listener?.close();
    this.link.close();
  }

  private async write(raises: readonly Raise[], tell: boolean): Promise<boolean> {
    if (!this.link.isTrusted) return false;
    const written = await this.link.ask(async () => {
      const ttlMs = Math.round(TTL_MS * (0.9 + Math.random() * 0.2));
      const answers = await Promise.all(
        raises.map(([id, version]) => this.redis.ordoRaise(this.keyOf(id), version, ttlMs)),
      );
      // A number that a reader brought from the database and nobody had raised: those who wait have not heard of it either.
      const news = tell ? raises : raises.filter((_, index) => answers[index] === 2);
      if (news.length > 0) await this.redis.publish(this.channel, raisedText(news));
    });
    return written !== undefined;
  }

  private judged(subject: string, stored: string | null | undefined): number | undefined {
    const version = stored === null || stored === undefined ? Number.NaN : Number(stored);
    if (Number.isSafeInteger(version)) {
      this.counter.cacheRead(this.options.name, 'hit');
      return version;
    }
    this.compared.delete(subject);
    return this.count('miss');
  }

  private count(outcome: 'miss' | 'error' | 'skipped'): undefined {
    this.counter.cacheRead(this.options.name, outcome);
    return undefined;
  }

  private oweDoubt(): void {
    this.owesDoubt = true;
    if (!this.link.isTrusted || this.settling !== undefined) return;
    this.settling = setTimeout(() => {
      this.settling = undefined;
      void this.castDoubt().catch(() => this.oweDoubt());
    }, SETTLE_AFTER_MS);
    this.settling.unref();
  }

  private async castDoubt(): Promise<void> {
    if (!this.owesDoubt) return;
    this.owesDoubt = false;
    try {
      await this.redis.set(this.doubtKey, randomUUID());
    } catch (error) {
      this.owesDoubt = true;
      throw error;
    }
  }

  /** Before Redis is used again: the server may be another one, or an older copy of itself. */
  private async recover(): Promise<void> {
    if (this.wasCutOff) this.believesFromMs = performance.now() + RAISERS_BACK_MS;
    await this.castDoubt();
    this.doubt = await this.redis.get(this.doubtKey);
    this.forget();
    this.wasCutOff = false;
  }

  private async lookForDoubt(): Promise<void> {
    if (!this.link.isTrusted) return;
    const asked = await this.link.ask((redis) => redis.get(this.doubtKey));
    if (asked === undefined || asked.answer === this.doubt) return;
    this.doubt = asked.answer;
    // Without a word the server was emptied: its numbers went too, and whoever asks for one finds that out by itself.
    if (asked.answer === null) return;
    this.forget();
    this.listener?.missed();
  }

  private forget(): void {
    this.comparisons += 1;
    this.compared.clear();
  }

  private keyOf(subject: string): string {
    return `${this.options.keyPrefix ?? ''}${this.options.name}:{${subject}}`;
  }

  private get doubtKey(): string {
    return `${this.options.keyPrefix ?? ''}${this.options.name}:doubt`;
  }

  private get channel(): string {
    return `${this.options.keyPrefix ?? ''}${this.options.name}:raised`;
  }
}
