/** Paths and bodies of what is asked of a delivery. */
import { roles } from '@ordo/contracts';
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { OneOf, Text, WholeNumber } from '@ordo/platform';

/** No tip is larger than a dear meal; more is a unit mistaken for another. */
const MAX_TIP_MINOR = Math.min(100_000, MAX_AMOUNT_MINOR);
const MAX_CARRIER = 32;

export class DeliveryCommandDto {
  @OneOf(roles, { optional: true, description: 'Who acts; default the first role of the caller that may', example: 3 })
  readonly role?: number;
}

export class RecallDto extends DeliveryCommandDto {
  @Text({ max: MAX_CARRIER, optional: true, description: 'Whom to call now; default the same again', example: 'hub' })
  readonly carrier?: string;
}

export class TipDto extends DeliveryCommandDto {
  @WholeNumber({ min: 1, max: MAX_TIP_MINOR, description: 'On top of earlier tips, minor units', example: 300 })
  readonly amount!: number;
}
