/**
 * The events of the compensation centre, on the exchange of refunds. The subject is the order; the id is `<compensationId>-<version>`. That
 * something is owed and that it was paid are different facts: `compensation.paid` is the payer's word.
 */
import {
  CompensationAsset,
  CompensationStatus,
  compensationStatuses,
  LiableParty,
} from '../compensation/compensation-document.js';
import type { EventEntry, JsonSchema } from './event-entry.js';

const common = {
  compensationId: {
    type: 'string',
    pattern: '^[1-9][0-9]{0,18}$',
    description: 'The version in the event id is its own',
  },
  compensationNumber: { type: 'string', description: 'The payer knows it by this: `<orderId>-c-<rule>`' },
  status: { enum: compensationStatuses, description: 'After the event' },
  rule: { type: 'string', description: 'An order is granted once by a rule' },
  ruleVersion: { type: 'integer', minimum: 1 },
  asset: { enum: Object.values(CompensationAsset) },
  amount: { type: 'integer', minimum: 1, description: 'Minor units, or points' },
  currency: { type: 'string' },
  liable: { enum: Object.values(LiableParty), description: 'Who bears it in the settlement' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

const example = {
  compensationId: '127053183455232999',
  compensationNumber: '127053183455232001-c-late-delivery',
  ...{ rule: 'late-delivery', ruleVersion: 1, asset: CompensationAsset.RED_PACKET, amount: 600, currency: 'CNY' },
  liable: LiableParty.CARRIER,
};

/** The prefix of the routing key keeps `failed` apart from a refund's. */
const compensation = (
  event: string,
  status: CompensationStatus,
  description: string,
  more: Readonly<Record<string, JsonSchema>> = {},
  moreExample: Readonly<Record<string, unknown>> = {},
): EventEntry => ({
  ...{ exchange: 'ordo.refund', type: `ordo.compensation.${event}.v1`, routingEvent: `compensation_${event}` },
  ...{ stage: 'published', description },
  data: {
    type: 'object',
    required: [...Object.keys(common), ...Object.keys(more)],
    properties: { ...common, ...more },
  },
  example: { ...example, status, ...moreExample },
});

const { GRANTED, PAID, FAILED } = CompensationStatus;
const failure = { failure: { type: ['string', 'null'], description: 'Why the payer refused, a stable word' } };

export const compensationEvents = {
  'compensation.granted': compensation('granted', GRANTED, 'A compensation is owed; nothing was paid yet.'),
  'compensation.paid': compensation('paid', PAID, 'A compensation was paid out, by the payer’s word.'),
  'compensation.failed': compensation(
    ...(['failed', FAILED] as const),
    'A compensation could not be paid out: refused for good, or it waits for a person.',
    failure,
    { failure: 'RECEIVER_CLOSED' },
  ),
} as const satisfies Readonly<Record<`compensation.${string}`, EventEntry>>;
