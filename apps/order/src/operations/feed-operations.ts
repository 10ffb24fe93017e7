/** A merchant's feed, once, whatever protocol asks: polls, and streams on whatever carries them. */
import { type CallContext, type CallerIdentity, isUnbound, MerchantPathDto, type Path, shape } from '@ordo/platform';
import { type FeedPosition, positionText } from '../merchant-feed/feed-position.rules.js';
import type { FeedSink } from '../merchant-feed/feed-stream.js';
import type { FeedStreams } from '../merchant-feed/feed-streams.js';
import type { FeedPage, MerchantFeed } from '../merchant-feed/merchant-feed.js';
import { type ReadLimits, ReadShape } from '../reading/read-limits.js';
import type { FeedDocument } from '../reading/reading-documents.js';
import { FeedFollowDto, FeedPollDto } from './order-query.dto.js';

/** A stream that may begin. */
export interface Following {
  readonly merchantId: string;
  readonly position: FeedPosition;
}

export class FeedOperations {
  constructor(
    private readonly feed: MerchantFeed,
    private readonly streams: FeedStreams,
    private readonly limits: ReadLimits,
  ) {}

  /** Undefined: nothing changed. */
  poll(path: Path, query: unknown, call: CallContext): Promise<FeedPage | undefined> {
    const { merchantId } = shape(MerchantPathDto, path);
    const asked = shape(FeedPollDto, query);
    this.limits.take(ReadShape.FEED, call.caller);
    return this.feed.poll({ ...asked, merchantId }, call);
  }

  /**
   * Whether a plain poll of this caller may be answered with "nothing changed" at once. False is no answer: the whole way has to be gone.
   * A caller that is over its limit is refused there.
   */
  async isUnchanged(merchantId: string, after: string, caller: CallerIdentity): Promise<boolean> {
    if (!isUnbound(caller) && caller.merchantId !== merchantId) return false;
    if (!(await this.feed.isAt(merchantId, after))) return false;
    this.limits.take(ReadShape.FEED, caller);
    return true;
  }

  /** Refuses what is to be refused, before anything is sent. `lastEventId` goes before `after`: it is the later place. */
  async admit(path: Path, query: unknown, lastEventId: string | undefined, call: CallContext): Promise<Following> {
    const { merchantId } = shape(MerchantPathDto, path);
    const { after } = shape(FeedFollowDto, query);
    this.limits.take(ReadShape.FOLLOW, call.caller);
    const place = lastEventId ?? after;
    const position = await this.streams.admit({ merchantId, ...(place === undefined ? {} : { after: place }) }, call);
    return { merchantId, position };
  }

  follow({ merchantId, position }: Following, sink: FeedSink): void {
    this.streams.open(merchantId, position, sink);
  }
}

export const feedDocumentOf = ({ orders, next, hasMore, restarted }: FeedPage): FeedDocument => ({
  orders: orders.map(({ document }) => document),
  ...{ next: positionText(next), hasMore, restarted },
});

/** The JSON text of {@link feedDocumentOf}, joined from texts that pollers share. */
export const feedTextOf = ({ orders, next, hasMore, restarted }: FeedPage): string =>
  `{"orders":[${orders.map(({ text }) => text).join(',')}],` +
  `"next":"${positionText(next)}","hasMore":${hasMore},"restarted":${restarted}}`;
