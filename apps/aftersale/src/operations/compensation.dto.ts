/** What may be asked of the compensation centre, checked field by field. */
import { DecimalId, JsonObject, Text, Timestamp, WholeNumber } from '@ordo/platform';

const MAX_RULE = 32;
const MAX_CITY = 32;
const MAX_VERSION = 1_000_000;

export class GrantCompensationDto {
  @DecimalId({ description: 'Order number', example: '127053183455232001' })
  readonly orderId!: string;

  @Text({ max: MAX_RULE, description: 'Of compensation/rules.yaml', example: 'late-delivery' })
  readonly rule!: string;

  @JsonObject({
    optional: true,
    description: 'What the rule counts by, by name: numbers, zero or more',
    example: { minutesLate: 24 },
  })
  readonly measures?: Readonly<Record<string, unknown>>;

  @Text({ max: MAX_CITY, optional: true, description: 'Where cities have rules of their own', example: 'shanghai' })
  readonly city?: string;

  @WholeNumber({
    ...{ min: 1, max: MAX_VERSION, optional: true, example: 1 },
    description: 'What the order was placed under; default: the version that was valid at `occurredAt`',
  })
  readonly ruleVersion?: number;

  @Timestamp({ optional: true, description: 'When it went wrong; default now', example: '2026-11-20T12:00:00.000Z' })
  readonly occurredAt?: string;
}
