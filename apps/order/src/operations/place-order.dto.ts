/** The body of a placement: the order document without the server's fields (DESIGN §11). */
import { DiscountBearer, DiscountScope } from '@ordo/contracts';
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { DecimalId, JsonObject, Nested, NestedList, OneOf, Text, WholeNumber } from '@ordo/platform';

/** One order is one basket: far above any meal, and small enough that its snapshot fits a row, an event and a page of a list. */
const MAX_ITEMS = 200;
const MAX_DISCOUNTS = 50;
const MAX_QUANTITY = 9_999;
/** Foreign ids (catalogue, promotion) are the caller's texts; 64 is what the tables of their owners use. */
const MAX_FOREIGN_ID = 64;
const MAX_NAME = 128;
/** VARCHAR(512) in `order_ext`. */
const MAX_REMARK = 512;
const MAX_RECIPIENT_NAME = 64;
const MAX_PHONE = 32;
const MAX_ADDRESS = 256;

/** No business type allows more; its own limits are narrower. */
const MAX_DEADLINE_SECONDS = 30 * 86_400;
const seconds = { min: 1, max: MAX_DEADLINE_SECONDS, optional: true } as const;
const amount = { min: 0, max: MAX_AMOUNT_MINOR } as const;

export class PlacedItemDto {
  @Text({ max: MAX_FOREIGN_ID, description: 'Unique within the order', example: 'noodles' })
  readonly itemId!: string;

  @Text({ max: MAX_FOREIGN_ID, example: 'noodles-large' })
  readonly skuId!: string;

  @Text({ max: MAX_NAME, example: 'Beef noodles' })
  readonly name!: string;

  @WholeNumber({ min: 1, max: MAX_QUANTITY, example: 1 })
  readonly quantity!: number;

  @WholeNumber({ ...amount, description: 'Per unit, minor units', example: 1800 })
  readonly unitPrice!: number;

  @WholeNumber({ ...amount, description: 'Per unit, minor units', example: 100 })
  readonly packingFee!: number;
}

export class FeesDto {
  @WholeNumber({ ...amount, description: 'Minor units', example: 500 })
  readonly delivery!: number;
}

export class DiscountDto {
  @Text({ max: MAX_FOREIGN_ID, description: 'Unique within the order', example: 'reduction-12' })
  readonly discountId!: string;

  @Text({ max: MAX_NAME, example: 'Full reduction' })
  readonly name!: string;

  @WholeNumber({ ...amount, description: 'Minor units; what the user saves', example: 200 })
  readonly amount!: number;

  @OneOf(Object.values(DiscountBearer), { description: 'Whose income shrinks', example: 'MERCHANT' })
  readonly bearer!: DiscountBearer;

  @OneOf(Object.values(DiscountScope), {
    optional: true,
    description: 'What it reduces: the goods (default), or the delivery fee alone',
    example: 'GOODS',
  })
  readonly scope?: DiscountScope;
}

export class RecipientDto {
  @Text({ max: MAX_RECIPIENT_NAME, example: 'Li' })
  readonly name!: string;

  @Text({ max: MAX_PHONE, example: '+86 10 5555 0100' })
  readonly phone!: string;

  @Text({ min: 0, max: MAX_ADDRESS, description: 'May be empty where nothing is carried', example: '1 Lake Road' })
  readonly address!: string;
}

export class DeadlinesDto {
  @WholeNumber({ ...seconds, description: 'Until it is paid', example: 900 })
  readonly paySeconds?: number;

  @WholeNumber({ ...seconds, description: 'Until the merchant accepts it', example: 480 })
  readonly acceptSeconds?: number;

  @WholeNumber({ ...seconds, description: 'Until it counts as received without a word from the carrier' })
  readonly receiveSeconds?: number;

  @WholeNumber({ ...seconds, description: 'Until it completes by itself' })
  readonly completeSeconds?: number;
}

export class PlaceOrderDto {
  @Text({ max: 32, description: 'A line of business', example: 'takeout' })
  readonly bizType!: string;

  @DecimalId({ example: '10001' })
  readonly userId!: string;

  @DecimalId({ example: '20001' })
  readonly merchantId!: string;

  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/, description: 'ISO 4217', example: 'CNY' })
  readonly currency!: string;

  @WholeNumber({
    ...amount,
    description: 'Σ unitPrice × quantity + Σ packingFee × quantity + fees.delivery − Σ discounts, minor units',
    example: 2200,
  })
  readonly payAmount!: number;

  @NestedList(() => PlacedItemDto, { min: 1, max: MAX_ITEMS })
  readonly items!: readonly PlacedItemDto[];

  @Nested(() => FeesDto)
  readonly fees!: FeesDto;

  @NestedList(() => DiscountDto, { max: MAX_DISCOUNTS, optional: true, description: 'Default: none' })
  readonly discounts: readonly DiscountDto[] = [];

  @Nested(() => RecipientDto)
  readonly recipient!: RecipientDto;

  @Text({ min: 0, max: MAX_REMARK, optional: true, example: 'No coriander' })
  readonly remark?: string;

  @JsonObject({
    optional: true,
    description: 'Checked against the schema of the business type; ≤ 8 KB of JSON',
    example: { tablewareCount: 1 },
  })
  readonly extension?: Readonly<Record<string, unknown>>;

  @Nested(() => DeadlinesDto, {
    optional: true,
    description:
      'The order’s own, each in seconds from the moment at which its state is entered; default: the business type’s',
  })
  readonly deadlines?: DeadlinesDto;
}
