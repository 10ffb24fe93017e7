/**
 * The events of a refund. The subject is the order; the id is `<refundId>-<version>`, because the record that changes is the refund.
 * Approval and movement of money are different facts: `refund.agreed` moves nothing, `refund.succeeded` is the channel's word.
 */
import { RefundKind, RefundOrigin, RefundScope, RefundStatus, refundStatuses } from '../refund/refund-words.js';
import type { EventEntry, JsonSchema } from './event-entry.js';

const decimalId = { type: 'string', pattern: '^[1-9][0-9]{0,18}$' };
const deadlineAt = { type: ['string', 'null'], format: 'date-time', description: 'When the new state ends by itself' };

const common = {
  refundId: { ...decimalId, description: 'The refund; the version in the event id is its own' },
  status: { enum: refundStatuses, description: 'State of the refund after the event' },
  previousStatus: { enum: [...refundStatuses, null], description: 'State before the event; null at its beginning' },
  kind: { enum: Object.values(RefundKind) },
  scope: { enum: Object.values(RefundScope) },
  origin: { enum: Object.values(RefundOrigin), description: 'Who or what began it' },
  amount: { type: 'integer', minimum: 0, description: 'Minor units, what the user gets' },
  currency: { type: 'string' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

const example = {
  refundId: '127053183455232777',
  status: RefundStatus.APPLIED,
  previousStatus: null,
  kind: RefundKind.AFTER_SALE,
  scope: RefundScope.ITEMS,
  origin: RefundOrigin.USER,
  amount: 1014,
  currency: 'CNY',
};

interface Story {
  readonly status: RefundStatus;
  readonly previousStatus: RefundStatus | null;
  readonly description: string;
  /** Members beside the common ones, always there. */
  readonly more?: Readonly<Record<string, JsonSchema>>;
  readonly moreExample?: Readonly<Record<string, unknown>>;
}

const refund = (
  routingEvent: string,
  { status, previousStatus, description, more = {}, moreExample = {} }: Story,
): EventEntry => ({
  exchange: 'ordo.refund',
  type: `ordo.refund.${routingEvent}.v1`,
  routingEvent,
  stage: 'published',
  description,
  data: {
    type: 'object',
    required: [...Object.keys(common), ...Object.keys(more)],
    properties: { ...common, ...more },
  },
  example: { ...example, status, previousStatus, ...moreExample },
});

const { APPLIED, WITHDRAWN, REJECTED, ARBITRATING, REJECTED_FINAL, AGREED, REFUNDING, SUCCEEDED, FAILED } =
  RefundStatus;
const ended = {
  more: { refundNumber: { type: 'string', description: 'The channel knows the refund by it' } },
  moreExample: { refundNumber: '127053183455232001-1' },
};
const waiting = { more: { deadlineAt }, moreExample: { deadlineAt: '2026-11-20T15:00:00.000Z' } };

export const refundEvents = {
  'refund.applied': refund('applied', {
    ...{ status: APPLIED, previousStatus: null, ...waiting },
    description: 'A refund was applied for. The merchant answers until the deadline; silence agrees.',
  }),
  'refund.withdrawn': refund('withdrawn', {
    ...{ status: WITHDRAWN, previousStatus: APPLIED },
    description:
      'The application ended without a refund of its own: taken back, or the order ended and pays back whole.',
  }),
  'refund.rejected': refund('rejected', {
    ...{ status: REJECTED, previousStatus: APPLIED, ...waiting },
    description: 'The merchant rejected, or a ruling did; an appeal is open until the deadline.',
  }),
  'refund.arbitrating': refund('arbitrating', {
    ...{ status: ARBITRATING, previousStatus: REJECTED },
    description: 'The user appealed; customer service rules.',
  }),
  'refund.rejected_final': refund('rejected_final', {
    ...{ status: REJECTED_FINAL, previousStatus: REJECTED },
    description: 'Rejected without a further appeal.',
  }),
  'refund.agreed': refund('agreed', {
    ...{ status: AGREED, previousStatus: APPLIED, ...ended },
    description: 'The refund was agreed and its amount is set aside; no money has moved yet.',
  }),
  'refund.refunding': refund('refunding', {
    ...{ status: REFUNDING, previousStatus: AGREED, ...ended },
    description: 'The channel was asked to move the money; whether it has is not certain yet.',
  }),
  'refund.succeeded': refund('succeeded', {
    ...{ status: SUCCEEDED, previousStatus: REFUNDING, ...ended },
    description: 'The channel confirmed that the money moved.',
  }),
  'refund.failed': refund('failed', {
    status: FAILED,
    previousStatus: REFUNDING,
    description: 'The channel refused. The same refund number is tried again unless the hold was given back.',
    more: { ...ended.more, failure: { type: ['string', 'null'], description: 'Why, a stable word' } },
    moreExample: { ...ended.moreExample, failure: 'CHANNEL_REJECTED' },
  }),
} as const satisfies Readonly<Record<`refund.${string}`, EventEntry>>;
