/** What an operator may ask of the ledger, checked field by field. */
import { CalendarDay, DecimalId, Text } from '@ordo/platform';

const MAX_NOTE = 256;

export class RetryRefundDto {
  @Text({
    min: 1,
    max: MAX_NOTE,
    optional: true,
    description: 'Why, for the log',
    example: 'the account was topped up',
  })
  readonly note?: string;
}

export class RetryCompensationDto extends RetryRefundDto {}

export class RetriedCompensationPathDto {
  @DecimalId({ example: '127053183455232999' })
  readonly compensationId!: string;
}

export class RetriedRefundPathDto {
  @DecimalId({ example: '127053183455232777' })
  readonly refundId!: string;
}

export class ReconciliationPathDto {
  @CalendarDay({ description: 'A UTC day', example: '2026-11-20' })
  readonly date!: string;
}
