/**
 * One reader that is told of a merchant's changes as they come, over whatever carries them. It holds its place and at most one page: while
 * the reader does not take what was written, nothing more is read for it, and one that takes nothing for ten seconds is cut off. It comes
 * back with its place, and nobody else has waited for it.
 */
import type { FeedPosition } from './feed-position.rules.js';
import type { FeedWaiter } from './feed-watch.js';
import type { FeedOrder, FeedPage } from './merchant-feed.js';

/** What a stream is written to. Writes answer false when it is full; `onDrained` then tells when it is not any more. */
export interface FeedSink {
  order(order: FeedOrder, position: FeedPosition): boolean;
  /** `restarted`: the place was given up, and what the reader holds has to be read anew. */
  ready(position: FeedPosition, restarted: boolean): boolean;
  beat(): boolean;
  end(): void;
  /** At once, without waiting for what was written. */
  cut(): void;
  onDrained(fn: () => void): void;
  onClosed(fn: () => void): void;
}

export type StreamEnd = 'closed' | 'slow' | 'expired' | 'stopping';

export interface FeedStreamPorts {
  readonly pageAfter: (position: FeedPosition, version: number) => Promise<FeedPage | undefined>;
  readonly onEnded: (end: StreamEnd) => void;
  readonly onFailed: (error: unknown) => void;
}

/** A phone that changes its cell comes back within it; a reader that is stuck should not hold a page for longer. */
const SLOW_MS = 10_000;
/** A node that is away is tried again by its watchers this often. */
const RETRY_MS = 1_000;

export class FeedStream implements FeedWaiter {
  private version: number;
  private isDue = false;
  private isPumping = false;
  private isFull = false;
  private ended: StreamEnd | undefined;
  private timer: NodeJS.Timeout | undefined;
  private resume: (() => void) | undefined;

  constructor(
    readonly merchantId: string,
    private position: FeedPosition,
    private readonly sink: FeedSink,
    private readonly ports: FeedStreamPorts,
  ) {
    this.version = position.version;
    sink.onDrained(() => this.drained());
    sink.onClosed(() => this.end('closed'));
  }

  /** The latest version that it knows of: later ones wake it. */
  get seen(): number {
    return this.version;
  }

  /** Says where the reader stands, and tells what it missed up to `version`. */
  start(version: number): void {
    this.wrote(this.sink.ready(this.position, false));
    const isThere = this.position.orderId === undefined && this.position.version === version;
    this.version = version;
    if (!isThere) this.lookAgain();
  }

  wake(version: number): void {
    this.version = Math.max(this.version, version);
    this.lookAgain();
  }

  abandon(): void {
    this.end('stopping');
  }

  beat(): void {
    if (this.ended === undefined && !this.isFull) this.wrote(this.sink.beat());
  }

  end(reason: StreamEnd): void {
    if (this.ended !== undefined) return;
    this.ended = reason;
    clearTimeout(this.timer);
    if (reason === 'slow') this.sink.cut();
    else if (reason !== 'closed') this.sink.end();
    this.resume?.();
    this.ports.onEnded(reason);
  }

  private lookAgain(): void {
    this.isDue = true;
    if (!this.isPumping) void this.pump();
  }

  /** One at a time, so that orders leave in the order of the feed. */
  private async pump(): Promise<void> {
    this.isPumping = true;
    try {
      while (this.ended === undefined && this.isDue) {
        if (this.isFull) await this.roomAgain();
        else await this.tellNext();
      }
    } catch (error) {
      this.ports.onFailed(error);
      setTimeout(() => this.lookAgain(), RETRY_MS).unref();
    } finally {
      this.isPumping = false;
    }
  }

  private async tellNext(): Promise<void> {
    this.isDue = false;
    const page = await this.ports.pageAfter(this.position, this.version);
    if (page === undefined || this.ended !== undefined) return;
    page.orders.forEach((order, index) => {
      const isLast = index === page.orders.length - 1;
      this.wrote(this.sink.order(order, isLast ? page.next : order.position));
    });
    if (page.restarted) this.wrote(this.sink.ready(page.next, true));
    this.position = page.next;
    this.version = page.restarted ? page.next.version : Math.max(this.version, page.next.version);
    if (page.hasMore) this.isDue = true;
  }

  private wrote(hasRoom: boolean): void {
    if (hasRoom || this.isFull) return;
    this.isFull = true;
    this.timer = setTimeout(() => this.end('slow'), SLOW_MS);
    this.timer.unref();
  }

  private drained(): void {
    this.isFull = false;
    clearTimeout(this.timer);
    this.resume?.();
  }

  private roomAgain(): Promise<void> {
    return new Promise((resolve) => {
      this.resume = () => {
        this.resume = undefined;
        resolve();
      };
    });
  }
}
