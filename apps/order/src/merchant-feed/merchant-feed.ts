/**
 * What changed for a merchant since a position. An unchanged poll is one read of Redis; a changed one reads the merchant shard once,
 * however many ask the same. Positions come from the database, so a Redis that forgets can cost a read and never an answer.
 */
import { LoadLimiter, SingleFlight } from '@ordo/cache';
import type { OrderDocument } from '@ordo/contracts';
import { assertActsForMerchant, type CallContext } from '@ordo/platform';
import { LRUCache } from 'lru-cache';
import { documentOf } from '../record/order-document.js';
import type { FeedRepository } from './feed.repository.js';
import { type FeedPosition, positionOfText, positionText } from './feed-position.rules.js';
import type { FeedVersions, ReadMeter } from './feed-versions.js';
import type { FeedWaiter, FeedWatch } from './feed-watch.js';

export interface FeedOrder {
  readonly document: OrderDocument;
  readonly text: string;
  /** Where a reader stands that has seen it. */
  readonly position: FeedPosition;
}

export interface FeedPage {
  readonly orders: readonly FeedOrder[];
  readonly next: FeedPosition;
  readonly hasMore: boolean;
  /** The position lies behind the end of the feed (a database that was set back): what the caller holds has to be read anew. */
  readonly restarted: boolean;
}

export interface FeedQuery {
  readonly merchantId: string;
  readonly after?: string;
  readonly limit: number;
  readonly waitMs?: number;
}

/** Pages read at once and per process; beyond, changes wait their turn while unchanged polls go on. */
const PAGES_AT_ONCE = 8;
const PAGES_THAT_WAIT = 2_000;
/** Pages that pollers of one merchant share: they stand at the same place, and come within seconds. */
const SHARED_PAGES = 200;
const SHARED_MS = 5_000;

export class MerchantFeed {
  private readonly flights = new SingleFlight<FeedPage>();
  private readonly limiter = new LoadLimiter({ concurrent: PAGES_AT_ONCE, waiting: PAGES_THAT_WAIT });
  private readonly pages = new LRUCache<string, FeedPage>({ max: SHARED_PAGES, ttl: SHARED_MS });

  constructor(
    private readonly versions: Pick<FeedVersions, 'current' | 'known' | 'load'>,
    private readonly repository: Pick<FeedRepository, 'changed'>,
    private readonly watch: Pick<FeedWatch, 'add' | 'remove'>,
    private readonly meter: ReadMeter,
  ) {}

  /** Undefined: nothing changed, also not within `waitMs`. Without `after` the present end of the feed, and no orders. */
  async poll({ merchantId, after, limit, waitMs = 0 }: FeedQuery, context: CallContext): Promise<FeedPage | undefined> {
    assertActsForMerchant(context.caller, merchantId);
    if (after === undefined) return this.end(merchantId);
    const position = positionOfText(after, 'after');
    const version = await this.versions.current(merchantId);
    if (!isAt(position, version)) return this.page(merchantId, position, limit, version);
    if (waitMs === 0) return undefined;
    const woken = await this.waitFor(merchantId, position.version, waitMs);
    return woken === undefined ? undefined : this.page(merchantId, position, limit, woken);
  }

  /** Whether the feed is known to stand at `after` now: one read of Redis, never one of the database. */
  async isAt(merchantId: string, after: string): Promise<boolean> {
    const version = await this.versions.known(merchantId);
    return version !== undefined && String(version) === after;
  }

  /** The place behind everything that was raised so far. */
  async end(merchantId: string): Promise<FeedPage> {
    const version = await this.versions.current(merchantId);
    return { orders: [], next: { version }, hasMore: false, restarted: false };
  }

  /** What lies behind `position`, while the feed is at `version` or later; undefined when that is nothing. */
  async page(
    merchantId: string,
    position: FeedPosition,
    limit: number,
    version: number,
  ): Promise<FeedPage | undefined> {
    // Ahead of Redis: this reader saw a change in the database that was not raised yet, or the database was set back. It knows.
    if (position.version > version) {
      const head = await this.versions.load(merchantId);
      if (head < position.version) return { orders: [], next: { version: head }, hasMore: false, restarted: true };
      if (isAt(position, head)) return undefined;
    }
    const key = `${merchantId}/${positionText(position)}/${limit}`;
    const shared = this.pages.get(key);
    if (shared !== undefined && isCurrent(shared, version)) return shared;
    return this.flights.join(
      key,
      () => this.limiter.run(() => this.read(merchantId, position, limit)),
      (page) => {
        this.pages.set(key, page);
        return Promise.resolve();
      },
    );
  }

  private async read(merchantId: string, after: FeedPosition, limit: number): Promise<FeedPage> {
    const { head, rows } = await this.meter(() => this.repository.changed(merchantId, after, limit + 1));
    const shown = rows.slice(0, limit);
    const hasMore = rows.length > limit;
    const orders = shown.map(({ base, ext, feedVersion }) => {
      const document = documentOf(base, ext);
      const position = { version: feedVersion, orderId: base.orderId };
      return { document, text: JSON.stringify(document), position };
    });
    const last = shown.at(-1);
    const end = { version: Math.max(head, last?.feedVersion ?? 0) };
    const next = hasMore ? (orders.at(-1)?.position ?? after) : end;
    return { orders, next, hasMore, restarted: false };
  }

  /** The version that woke, or undefined after `waitMs`. Waiting begins before the second look, so that no raise falls between. */
  private async waitFor(merchantId: string, seen: number, waitMs: number): Promise<number | undefined> {
    let waiter: FeedWaiter | undefined;
    let timer: NodeJS.Timeout | undefined;
    const woken = new Promise<number | undefined>((resolve) => {
      waiter = { merchantId, seen, wake: resolve, abandon: () => resolve(undefined) };
      this.watch.add(waiter);
      timer = setTimeout(() => resolve(undefined), waitMs);
    });
    try {
      const version = await this.versions.current(merchantId);
      return version > seen ? version : await woken;
    } finally {
      clearTimeout(timer);
      if (waiter !== undefined) this.watch.remove(waiter);
    }
  }
}

const isAt = (position: FeedPosition, version: number): boolean =>
  position.orderId === undefined && position.version === version;

/** Only a page that ends where the feed ends is shared: what is on a full one may have moved on since. */
const isCurrent = (page: FeedPage, version: number): boolean => !page.hasMore && page.next.version === version;
