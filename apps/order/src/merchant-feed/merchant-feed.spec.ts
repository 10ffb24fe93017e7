/** What a poll answers, against a feed and a Redis that are under control. No server. */
import { beforeEach, describe, expect, test } from '@jest/globals';
import type { CallContext } from '@ordo/platform';
import type { FeedRow } from './feed.repository.js';
import type { FeedPosition } from './feed-position.rules.js';
import type { FeedWaiter } from './feed-watch.js';
import { MerchantFeed } from './merchant-feed.js';

const context = { caller: { subject: 's', grants: new Set(), roles: [] }, traceParent: '' } as unknown as CallContext;
const unset = {
  deadlineAt: null,
  paidAt: null,
  acceptedAt: null,
  receivedAt: null,
  completedAt: null,
  invalidatedAt: null,
};
const rowOf = (orderId: string, feedVersion: number): FeedRow =>
  ({ base: { ...unset, orderId, createdAt: 0, tags: 0 }, ext: {}, feedVersion }) as unknown as FeedRow;

let redis: number;
let head: number;
let rows: FeedRow[];
let reads: number;
let loads: number;
let waiters: FeedWaiter[];
let feed: MerchantFeed;

const changed = async (_merchantId: string, after: FeedPosition, limit: number) => {
  reads += 1;
  const behind = rows.filter(
    ({ feedVersion, base }) =>
      feedVersion > after.version ||
      (feedVersion === after.version && after.orderId !== undefined && BigInt(base.orderId) > BigInt(after.orderId)),
  );
  return { head, rows: behind.slice(0, limit) };
};

beforeEach(() => {
  [redis, head, reads, loads] = [3, 3, 0, 0];
  rows = [rowOf('1', 1), rowOf('2', 3), rowOf('3', 3)];
  waiters = [];
  const versions = {
    current: async () => redis,
    known: async () => redis,
    load: async () => {
      loads += 1;
      redis = Math.max(redis, head);
      return head;
    },
  };
  const watch = {
    add: (waiter: FeedWaiter) => void waiters.push(waiter),
    remove: (waiter: FeedWaiter) => {
      waiters = waiters.filter((each) => each !== waiter);
    },
  };
  feed = new MerchantFeed(versions, { changed }, watch, (read) => read());
});

const poll = (after: string, more: object = {}) => feed.poll({ merchantId: '7', after, limit: 50, ...more }, context);
const idsOf = (page: Awaited<ReturnType<typeof poll>>): string[] =>
  page?.orders.map(({ document }) => document.orderId) ?? [];

describe('a poll', () => {
  test('that finds nothing new reads neither head nor page', async () => {
    expect(await poll('3')).toBeUndefined();
    expect([reads, loads]).toEqual([0, 0]);
  });

  test('goes through the orders of one version one by one when its pages are that small', async () => {
    const first = await poll('1', { limit: 1 });
    expect(first).toMatchObject({ next: { version: 3, orderId: '2' }, hasMore: true });
    const second = await poll('3.2', { limit: 1 });
    expect(idsOf(second)).toEqual(['3']);
    expect(second).toMatchObject({ next: { version: 3 }, hasMore: false });
  });

  test('shares its page with who stands at the same place, until the feed goes on', async () => {
    await poll('1');
    await poll('1');
    expect(reads).toBe(1);
    [redis, head] = [4, 4];
    rows.push(rowOf('9', 4));
    expect(idsOf(await poll('1'))).toEqual(['2', '3', '9']);
    expect(reads).toBe(2);
  });

  test('ends at the head also where a version holds no order, so that it does not ask for ever', async () => {
    [redis, head] = [5, 5];
    expect(await poll('3')).toMatchObject({ next: { version: 5 }, hasMore: false });
    expect(await poll('5')).toBeUndefined();
  });

  test('ahead of Redis asks the database, and is not sent back', async () => {
    [redis, head] = [3, 4];
    expect(await poll('4')).toBeUndefined();
    expect(loads).toBe(1);
  });

  test('ahead of the database is told to begin anew', async () => {
    expect(await poll('8')).toMatchObject({ restarted: true, next: { version: 3 }, orders: [] });
  });

  test('that waits is woken by a raise, and leaves nobody waiting', async () => {
    const waiting = poll('3', { waitMs: 10_000 });
    while (waiters.length === 0) await Promise.resolve();
    [redis, head] = [4, 4];
    rows.push(rowOf('9', 4));
    waiters[0]?.wake(4);
    expect(idsOf(await waiting)).toEqual(['9']);
    expect(waiters).toEqual([]);
  });

  test('that waits hears of a raise between its look and its waiting', async () => {
    let looks = 0;
    const racing = new MerchantFeed(
      { current: async () => ((looks += 1) === 1 ? 3 : 4), known: async () => 3, load: async () => 4 },
      { changed },
      { add: () => undefined, remove: () => undefined },
      (read) => read(),
    );
    head = 4;
    rows.push(rowOf('9', 4));
    expect(idsOf(await racing.poll({ merchantId: '7', after: '3', limit: 50, waitMs: 10_000 }, context))).toEqual([
      '9',
    ]);
  });
});
