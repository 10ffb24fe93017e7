/** Path, query and body of the reads. */
import { orderStatuses } from '@ordo/contracts';
import { CalendarDay, DecimalIdList, OneOf, QueryInteger, Text, Timestamp } from '@ordo/platform';
import { SHARD_COUNT } from '@ordo/sharding';

const MAX_BATCH = 100;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
/** A cursor of ours has 23 characters; whatever is longer is not one. */
const MAX_CURSOR = 512;

export class BatchGetDto {
  @DecimalIdList({ max: MAX_BATCH, example: ['127053183455232001'] })
  readonly orderIds!: readonly string[];
}

export class ListOfUserDto {
  @OneOf(orderStatuses, { optional: true, example: 'PAID' })
  readonly status?: (typeof orderStatuses)[number];

  @Text({
    min: 0,
    max: MAX_CURSOR,
    optional: true,
    description: 'nextCursor of the page before, with the same filters',
  })
  readonly cursor?: string;

  @QueryInteger({
    min: 1,
    max: MAX_LIMIT,
    optional: true,
    description: `Default ${DEFAULT_LIMIT}`,
    example: DEFAULT_LIMIT,
  })
  readonly limit: number = DEFAULT_LIMIT;
}

export class ListOfMerchantDto extends ListOfUserDto {
  @CalendarDay({ optional: true, description: 'Day of the payment in the business time zone', example: '2026-11-20' })
  readonly businessDate?: string;
}

export class OrderCountsDto {
  @CalendarDay({ optional: true, description: 'Default: today in the business time zone', example: '2026-11-20' })
  readonly businessDate?: string;
}

const MAX_FEED = 100;
const DEFAULT_FEED = 50;
/** Below the 60 s after which balancers cut a silent connection. */
const MAX_WAIT_MS = 30_000;
/** `<version>.<orderId>`. */
const MAX_POSITION = 40;

export class FeedPollDto {
  @Text({
    max: MAX_POSITION,
    optional: true,
    description: '`next` of the answer before; without it the present end of the feed, and no orders',
    example: '42',
  })
  readonly after?: string;

  @QueryInteger({
    min: 1,
    max: MAX_FEED,
    optional: true,
    description: `Default ${DEFAULT_FEED}`,
    example: DEFAULT_FEED,
  })
  readonly limit: number = DEFAULT_FEED;

  @QueryInteger({
    min: 0,
    max: MAX_WAIT_MS,
    optional: true,
    description: 'How long to wait for a change before 304; default 0',
    example: 20_000,
  })
  readonly waitMs: number = 0;
}

export class FeedFollowDto {
  @Text({
    max: MAX_POSITION,
    optional: true,
    description: 'Where to begin; the header Last-Event-ID goes before it. Default: now',
    example: '42',
  })
  readonly after?: string;
}

const LAST_SHARD = SHARD_COUNT - 1;

export class ExportOrdersDto {
  @Timestamp({ description: 'From this completion on', example: '2026-11-20T00:00:00.000Z' })
  readonly completedFrom!: string;

  @Timestamp({ description: 'To this one, exclusive', example: '2026-11-21T00:00:00.000Z' })
  readonly completedTo!: string;

  @QueryInteger({ min: 0, max: LAST_SHARD, optional: true, description: 'First merchant shard; default 0', example: 0 })
  readonly shardFrom: number = 0;

  @QueryInteger({
    min: 0,
    max: LAST_SHARD,
    optional: true,
    description: `Last merchant shard, inclusive; default ${LAST_SHARD}`,
    example: LAST_SHARD,
  })
  readonly shardTo: number = LAST_SHARD;

  @Text({ max: 64, optional: true, description: 'Of the last order that was taken; within this range' })
  readonly cursor?: string;
}
