/** The body of a question for promises. */
import { NestedList, Text, Timestamp } from '@ordo/platform';
import { AREA_PATTERN, PRODUCT_PATTERN } from '../promise-lanes/lane.js';

/** A list of shops shows fewer on one screen; fifty keys are one pipeline of some 10 KB. */
export const MAX_PROMISES = 50;
const MAX_AREA = 64;
const MAX_PRODUCT = 32;

export class WantedPromiseDto {
  @Text({
    max: MAX_AREA,
    pattern: AREA_PATTERN,
    description: 'The part before the first hyphen is the city',
    example: 'shanghai-07',
  })
  readonly originArea!: string;

  @Text({ max: MAX_AREA, pattern: AREA_PATTERN, example: 'shanghai-12' })
  readonly destinationArea!: string;

  @Text({ max: MAX_PRODUCT, pattern: PRODUCT_PATTERN, example: 'standard' })
  readonly serviceProduct!: string;

  @Timestamp({ optional: true, description: 'When the order is placed; default now' })
  readonly orderAt?: string;

  @Text({
    max: MAX_PRODUCT,
    optional: true,
    description: 'A line of business: asks for a token that an order of it carries as its promise',
    example: 'takeout',
  })
  readonly freezeFor?: string;
}

export class PromiseRequestDto {
  @NestedList(() => WantedPromiseDto, { min: 1, max: MAX_PROMISES })
  readonly requests!: readonly WantedPromiseDto[];
}
