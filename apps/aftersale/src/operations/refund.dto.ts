/** Bodies, paths and queries of the public contract, checked field by field. */
import { invalidReasons, RefundScope, refundStatuses, roles } from '@ordo/contracts';
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { DecimalId, NestedList, OneOf, QueryInteger, Text, TextList, WholeNumber } from '@ordo/platform';

/** As an order may have lines. */
const MAX_ITEMS = 200;
const MAX_QUANTITY = 9_999;
const MAX_FOREIGN_ID = 64;
/** VARCHAR(256) in `refund`. */
const MAX_TEXT = 256;
/** References to pictures and chats, as the caller's storage names them; nobody looks at more. */
const MAX_EVIDENCE = 9;
const MAX_LIMIT = 100;
const DEFAULT_LIMIT = 20;
const MAX_CURSOR = 512;

const roleField = {
  optional: true,
  description: 'The role to act in; default: the first of the token’s roles that may do this',
  example: 3,
} as const;
const noteField = { min: 1, max: MAX_TEXT, optional: true, example: 'one portion was missing' } as const;

export class RefundedItemDto {
  @Text({ max: MAX_FOREIGN_ID, description: 'Of the order’s line', example: 'dumplings' })
  readonly itemId!: string;

  @WholeNumber({ min: 1, max: MAX_QUANTITY, example: 1 })
  readonly quantity!: number;
}

export class ApplyRefundDto {
  @DecimalId({ description: 'Order number', example: '127053183455232001' })
  readonly orderId!: string;

  @OneOf(Object.values(RefundScope), {
    description: 'FULL: all that is left. ITEMS: units of lines. AMOUNT: a sum of goods and packing.',
    example: 'ITEMS',
  })
  readonly scope!: RefundScope;

  @NestedList(() => RefundedItemDto, { min: 1, max: MAX_ITEMS, optional: true, description: 'With ITEMS' })
  readonly items?: readonly RefundedItemDto[];

  @WholeNumber({ min: 1, max: MAX_AMOUNT_MINOR, optional: true, description: 'With AMOUNT; minor units', example: 500 })
  readonly amount?: number;

  @Text({ max: MAX_TEXT, description: 'Why', example: 'one portion was missing' })
  readonly reason!: string;

  @TextList({
    maxItems: MAX_EVIDENCE,
    max: MAX_TEXT,
    optional: true,
    description: 'References to what proves it',
    example: ['evidence/2026/11/20/1.jpg'],
  })
  readonly evidence: readonly string[] = [];

  @OneOf(roles, roleField)
  readonly role?: number;
}

export class DecideRefundDto {
  @OneOf(roles, roleField)
  readonly role?: number;

  @Text(noteField)
  readonly note?: string;
}

export class AppealRefundDto extends DecideRefundDto {
  @TextList({ maxItems: MAX_EVIDENCE, max: MAX_TEXT, optional: true, description: 'More of it' })
  readonly evidence?: readonly string[];
}

export const rulings = ['UPHOLD', 'DISMISS'] as const;
export type Ruling = (typeof rulings)[number];

export class RuleRefundDto extends DecideRefundDto {
  @OneOf(rulings, { description: 'UPHOLD: for the user. DISMISS: against.', example: 'UPHOLD' })
  readonly decision!: Ruling;
}

export class CancelOrderDto {
  @OneOf(invalidReasons, {
    optional: true,
    description: 'Why the order ends (DOMAIN, invalid reasons); default by who cancels',
    example: 13,
  })
  readonly reasonCode?: number;

  @Text(noteField)
  readonly note?: string;

  @OneOf(roles, roleField)
  readonly role?: number;
}

export class RefundPathDto {
  @DecimalId({ example: '127053183455232777' })
  readonly refundId!: string;
}

export class RefundListDto {
  @OneOf(refundStatuses, { optional: true, example: 'APPLIED' })
  readonly status?: (typeof refundStatuses)[number];

  @Text({
    min: 0,
    max: MAX_CURSOR,
    optional: true,
    description: 'nextCursor of the page before, with the same filters',
  })
  readonly cursor?: string;

  @QueryInteger({
    ...{ min: 1, max: MAX_LIMIT, optional: true, description: `Default ${DEFAULT_LIMIT}`, example: DEFAULT_LIMIT },
  })
  readonly limit: number = DEFAULT_LIMIT;
}
