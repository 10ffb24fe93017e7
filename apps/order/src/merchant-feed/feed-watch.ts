/**
 * Who waits for which merchant's next version: long polls and streams. A raise wakes them at once; a look every few seconds makes up for
 * raises that were lost, from Redis while it answers and from the database, in packets, while it does not.
 */
import type { RaiseWatcher } from '@ordo/cache';
import type { FeedVersions } from './feed-versions.js';

export interface FeedWaiter {
  readonly merchantId: string;
  /** The version that it has seen; it is woken for later ones only. */
  readonly seen: number;
  wake(version: number): void;
  /** The process stops: nothing will come any more. */
  abandon(): void;
}

/** Without Redis this is what waiters hear by: a packet per node, however many wait. */
const LOOK_EVERY_MS = 1_000;
/** With Redis answering, lost messages are all that a look finds: every fifth time is enough. */
const TRUSTED_TURNS = 5;

export class FeedWatch implements RaiseWatcher {
  private readonly waiters = new Map<string, Set<FeedWaiter>>();
  private looking: NodeJS.Timeout | undefined;
  private turn = 0;
  private isClosed = false;

  constructor(
    private readonly versions: Pick<FeedVersions, 'currentOfMany'>,
    private readonly isTrusted: () => boolean,
    private readonly onFailed: (error: unknown) => void,
  ) {
    this.lookLater();
  }

  add(waiter: FeedWaiter): void {
    const known = this.waiters.get(waiter.merchantId);
    if (known === undefined) this.waiters.set(waiter.merchantId, new Set([waiter]));
    else known.add(waiter);
  }

  remove(waiter: FeedWaiter): void {
    const known = this.waiters.get(waiter.merchantId);
    known?.delete(waiter);
    if (known?.size === 0) this.waiters.delete(waiter.merchantId);
  }

  raised(merchantId: string, version: number): void {
    for (const waiter of this.waiters.get(merchantId) ?? []) if (version > waiter.seen) waiter.wake(version);
  }

  missed(): void {
    void this.look();
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.looking);
    for (const waiters of [...this.waiters.values()]) for (const waiter of [...waiters]) waiter.abandon();
  }

  private lookLater(): void {
    if (this.isClosed) return;
    this.looking = setTimeout(() => void this.takeTurn().finally(() => this.lookLater()), LOOK_EVERY_MS);
    this.looking.unref();
  }

  private async takeTurn(): Promise<void> {
    this.turn += 1;
    if (!this.isTrusted() || this.turn % TRUSTED_TURNS === 0) await this.look();
  }

  private async look(): Promise<void> {
    try {
      const found = await this.versions.currentOfMany([...this.waiters.keys()]);
      for (const [merchantId, version] of found) this.raised(merchantId, version);
    } catch (error) {
      this.onFailed(error);
    }
  }
}
