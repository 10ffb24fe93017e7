/** All streams of a process: how many there may be, their pulse, and their end. */
import { transient } from '@ordo/contracts';
import { assertActsForMerchant, type CallContext } from '@ordo/platform';
import { type FeedPosition, positionOfText } from './feed-position.rules.js';
import { type FeedSink, FeedStream, type StreamEnd } from './feed-stream.js';
import type { FeedWatch } from './feed-watch.js';
import type { MerchantFeed } from './merchant-feed.js';

export interface FeedStreamsOptions {
  /** Per process. */
  readonly mostStreams: number;
  readonly onCount: (streams: number) => void;
  readonly onEnded: (end: StreamEnd) => void;
  readonly onFailed: (error: unknown) => void;
}

/** Devices of one shop, with those that come back before their old connection is known to be dead. */
const MOST_OF_A_MERCHANT = 50;
const PAGE = 50;
/** Balancers close what is silent for 60 s; a third of it survives two lost beats. */
const BEAT_MS = 20_000;
/** The streams beat in turn, a share of them each second, so that five thousand do not beat at once. */
const BEAT_SHARES = 20;
/** The caller's token was good when it came. It comes back with its place, and with a token that is good then. */
const LIFETIME_MS = 900_000;
const RETRY_AFTER_MS = 1_000;

export interface FollowQuery {
  readonly merchantId: string;
  readonly after?: string;
}

export class FeedStreams {
  private readonly shares: Set<FeedStream>[] = Array.from({ length: BEAT_SHARES }, () => new Set());
  private readonly ofMerchant = new Map<string, number>();
  private readonly beating: NodeJS.Timeout;
  private count = 0;
  private opened = 0;
  private share = 0;
  private isStopping = false;

  constructor(
    private readonly feed: Pick<MerchantFeed, 'end' | 'page'>,
    private readonly watch: Pick<FeedWatch, 'add' | 'remove'>,
    private readonly options: FeedStreamsOptions,
  ) {
    this.beating = setInterval(() => this.beatShare(), BEAT_MS / BEAT_SHARES);
    this.beating.unref();
  }

  /**
   * Where the stream will begin: everything that can be refused is refused here, before the first byte of an answer. Throws FORBIDDEN,
   * INVALID_ARGUMENT, Transient RATE_LIMITED, OVERLOADED, SHUTTING_DOWN or NODE_UNAVAILABLE.
   */
  async admit({ merchantId, after }: FollowQuery, context: CallContext): Promise<FeedPosition> {
    assertActsForMerchant(context.caller, merchantId);
    if (this.isStopping) throw transient('SHUTTING_DOWN', 'this process is stopping', RETRY_AFTER_MS);
    const asked = after === undefined ? undefined : positionOfText(after, 'after');
    if ((this.ofMerchant.get(merchantId) ?? 0) >= MOST_OF_A_MERCHANT) {
      throw transient('RATE_LIMITED', `merchant ${merchantId} has ${MOST_OF_A_MERCHANT} streams here already`, BEAT_MS);
    }
    if (this.count >= this.options.mostStreams) {
      throw transient('OVERLOADED', `${this.count} streams are open in this process`, RETRY_AFTER_MS);
    }
    const { next } = await this.feed.end(merchantId);
    return asked ?? next;
  }

  /** Follows the feed from `position` until the reader leaves, is too slow, or has been here for a quarter of an hour. */
  open(merchantId: string, position: FeedPosition, sink: FeedSink): void {
    const share = this.shares[this.opened % BEAT_SHARES] as Set<FeedStream>;
    this.opened += 1;
    const expiring = setTimeout(() => stream.end('expired'), LIFETIME_MS * (1 + Math.random() / 10));
    expiring.unref();
    const stream: FeedStream = new FeedStream(merchantId, position, sink, {
      pageAfter: (after, version) => this.feed.page(merchantId, after, PAGE, version),
      onFailed: this.options.onFailed,
      onEnded: (end) => {
        clearTimeout(expiring);
        share.delete(stream);
        this.watch.remove(stream);
        this.counted(merchantId, -1);
        this.options.onEnded(end);
      },
    });
    share.add(stream);
    this.counted(merchantId, 1);
    // Watched first and looked after: what is raised in between is seen twice and told once.
    this.watch.add(stream);
    void this.feed.end(merchantId).then(
      ({ next }) => stream.start(next.version),
      (error: unknown) => {
        this.options.onFailed(error);
        stream.end('stopping');
      },
    );
  }

  /** Ends every stream in peace, and admits no more. */
  close(): void {
    this.isStopping = true;
    clearInterval(this.beating);
    for (const share of this.shares) for (const stream of [...share]) stream.end('stopping');
  }

  private beatShare(): void {
    this.share = (this.share + 1) % BEAT_SHARES;
    for (const stream of this.shares[this.share] ?? []) stream.beat();
  }

  private counted(merchantId: string, by: 1 | -1): void {
    this.count += by;
    const left = (this.ofMerchant.get(merchantId) ?? 0) + by;
    if (left > 0) this.ofMerchant.set(merchantId, left);
    else this.ofMerchant.delete(merchantId);
    this.options.onCount(this.count);
  }
}
