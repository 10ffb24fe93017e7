/** Path, query and body of the reads. */
import { orderStatuses } from '@ordo/contracts';
import { CalendarDay, DecimalId, DecimalIdList, OneOf, QueryInteger, Text } from '@ordo/platform';

const MAX_BATCH = 100;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
/** A cursor of ours has 23 characters; whatever is longer is not one. */
const MAX_CURSOR = 512;

export class OrderPathDto {
  @DecimalId({ description: 'Order number', example: '127053183455232001' })
  readonly orderId!: string;
}

export class UserPathDto {
  @DecimalId({ example: '10001' })
  readonly userId!: string;
}

export class MerchantPathDto {
  @DecimalId({ example: '20001' })
  readonly merchantId!: string;
}

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
