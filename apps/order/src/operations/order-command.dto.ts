/** Bodies of the commands on an order that exists. */
import { invalidReasons, roles } from '@ordo/contracts';
import { MAX_AMOUNT_MINOR } from '@ordo/kernel';
import { OneOf, Text, Timestamp, WholeNumber, WordList } from '@ordo/platform';
import { type SettableTag, settableTags } from '../tagging/tag-order-handler.js';

/** VARCHAR(64) ascii in `order_payment`. */
const MAX_PAYMENT_ID = 64;
/** VARCHAR(256) in `order_event`. */
const MAX_NOTE = 256;

const roleField = {
  optional: true,
  description: 'The role to act in; default: the first of the token’s roles that may do this',
  example: 3,
} as const;

export class ConfirmPaymentDto {
  @Text({
    max: MAX_PAYMENT_ID,
    pattern: /^[\x21-\x7e]+$/,
    description: 'The channel’s number of the payment; the same one again is the same payment',
    example: 'pay-9c21',
  })
  readonly paymentId!: string;

  @WholeNumber({ min: 0, max: MAX_AMOUNT_MINOR, description: 'Minor units of the order’s currency', example: 2200 })
  readonly paidAmount!: number;

  @Timestamp({ description: 'When the channel took the money', example: '2026-11-20T10:00:00.000Z' })
  readonly paidAt!: string;
}

/** Acceptance, receipt and completion need no body; a caller of several roles may name the one that it acts in. */
export class AdvanceOrderDto {
  @OneOf(roles, roleField)
  readonly role?: number;

  @Text({ min: 0, max: MAX_NOTE, optional: true, description: 'For the timeline', example: 'handed over at the door' })
  readonly note?: string;
}

export class InvalidateOrderDto extends AdvanceOrderDto {
  @OneOf(invalidReasons, { description: 'Why the order ends (DOMAIN, invalid reasons)', example: 5 })
  readonly reasonCode!: number;
}

export class TagOrderDto {
  @WordList(settableTags, { optional: true, description: 'Tags to attach', example: ['AFTER_SALE_OPEN'] })
  readonly add: readonly SettableTag[] = [];

  @WordList(settableTags, { optional: true, description: 'Tags to take off', example: [] })
  readonly remove: readonly SettableTag[] = [];

  @OneOf(roles, roleField)
  readonly role?: number;
}
