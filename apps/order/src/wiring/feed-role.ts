/** The feed's part of the role that answers callers. */
import type { Links } from '@ordo/assembly';
import type { VersionBoard } from '@ordo/cache';
import type { Logger } from '@ordo/platform';
import { FeedRepository } from '../merchant-feed/feed.repository.js';
import type { FeedMetrics } from '../merchant-feed/feed-metrics.js';
import { FeedStreams } from '../merchant-feed/feed-streams.js';
import { FeedVersions } from '../merchant-feed/feed-versions.js';
import { FeedWatch } from '../merchant-feed/feed-watch.js';
import { MerchantFeed } from '../merchant-feed/merchant-feed.js';
import { FeedOperations } from '../operations/feed-operations.js';
import type { ReadLimits } from '../reading/read-limits.js';

export interface FeedRolePorts {
  readonly links: Pick<Links, 'pools' | 'placement'>;
  readonly board: VersionBoard;
  readonly limits: ReadLimits;
  readonly metrics: FeedMetrics;
  readonly logger: Logger;
  readonly mostStreams: number;
}

export class FeedRole {
  readonly operations: FeedOperations;
  readonly versions: FeedVersions;
  private readonly streams: FeedStreams;
  private readonly watch: FeedWatch;

  constructor({ links, board, limits, metrics, logger, mostStreams }: FeedRolePorts) {
    const repository = new FeedRepository(links.pools, links.placement);
    // What waits is looked at again by itself; a line for each attempt of an outage would say nothing more.
    const onFailed = (error: unknown): void => logger.debug('a look at feeds failed', { error });
    this.versions = new FeedVersions(board, repository, (read) => metrics.reading('heads', read));
    this.watch = new FeedWatch(this.versions, () => board.isTrusted, onFailed);
    board.watch(this.watch);
    const feed = new MerchantFeed(this.versions, repository, this.watch, (read) => metrics.reading('pages', read));
    this.streams = new FeedStreams(feed, this.watch, {
      ...{ mostStreams, onFailed },
      onCount: (streams) => metrics.counted(streams),
      onEnded: (end) => metrics.ended(end),
    });
    this.operations = new FeedOperations(feed, this.streams, limits);
  }

  /** Before the front closes: it waits for answers under way, and these would not end by themselves. */
  stop(): void {
    this.streams.close();
    this.watch.close();
  }
}
