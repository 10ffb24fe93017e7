/**
 * The events of a delivery. The subject is the order; the id is `<deliveryId>-<version>`, because the record that changes is the delivery,
 * and a number of its own keeps its versions apart from the order's.
 */
import { DeliveryState, deliveryStates } from '../delivery/delivery-state.js';
import { DeliverySubState, deliverySubStates } from '../delivery/delivery-sub-state.js';
import type { EventEntry, JsonSchema } from './event-entry.js';

const instant = { type: 'string', format: 'date-time' };

const common = {
  deliveryId: { type: 'string', pattern: '^[1-9][0-9]{0,18}$', description: 'The version in the event id is its own' },
  state: { enum: deliveryStates, description: 'State after the event' },
  previousState: { enum: [...deliveryStates, null], description: 'State before the event; null at its beginning' },
  subState: { enum: [...deliverySubStates, null], description: 'Why, where the state does not say it' },
  attempt: { type: 'integer', minimum: 1, description: 'Which call; the waybill is `<orderId>-<attempt>`' },
  carrier: { type: ['string', 'null'], description: 'Who was called; null where the merchant delivers' },
  courierId: { type: ['string', 'null'], description: 'The carrier’s name for the person' },
} as const satisfies Readonly<Record<string, JsonSchema>>;

const { TO_CALL, CALLED, TO_ASSIGN, TO_FETCH, AT_SHOP, DELIVERING, DELIVERED } = DeliveryState;
const { REJECTED, CANCELLED, EXCEPTION, RETURNING, RETURNED, SELF_DELIVERY, NO_MORE_DELIVERY } = DeliveryState;

const example = {
  deliveryId: '127053183455232888',
  ...{ subState: null, attempt: 1, carrier: 'hub', courierId: null },
};

const delivery = (
  routingEvent: string,
  description: string,
  state: DeliveryState,
  previousState: DeliveryState | null,
  more: Readonly<Record<string, JsonSchema>> = {},
  moreExample: Readonly<Record<string, unknown>> = {},
): EventEntry => ({
  ...{
    exchange: 'ordo.delivery',
    type: `ordo.delivery.${routingEvent}.v1`,
    routingEvent,
    stage: 'published',
    description,
  },
  data: {
    type: 'object',
    required: [...Object.keys(common), ...Object.keys(more)],
    properties: { ...common, ...more },
  },
  example: { ...example, state, previousState, ...moreExample },
});

const deliveredAt = { deliveredAt: { ...instant, description: 'By the courier’s word' } };
const NOON = '2026-11-20T12:00:00.000Z';

export const deliveryEvents = {
  'delivery.to_call': delivery('to_call', 'A courier is to be called.', TO_CALL, null),
  'delivery.called': delivery('called', 'The carrier has the order.', CALLED, TO_CALL),
  'delivery.to_assign': delivery('to_assign', 'The carrier looks for a courier.', TO_ASSIGN, CALLED),
  'delivery.to_fetch': delivery(
    'to_fetch',
    'A courier is on the way to the shop; again with another courier.',
    TO_FETCH,
    TO_ASSIGN,
  ),
  'delivery.at_shop': delivery('at_shop', 'The courier waits at the shop.', AT_SHOP, TO_FETCH),
  'delivery.delivering': delivery('delivering', 'The goods are on the way.', DELIVERING, AT_SHOP),
  'delivery.delivered': delivery('delivered', 'The goods were handed over.', DELIVERED, DELIVERING, deliveredAt, {
    deliveredAt: NOON,
  }),
  'delivery.rejected': delivery(
    'rejected',
    'The carrier refused the call.',
    REJECTED,
    CALLED,
    {},
    {
      subState: DeliverySubState.NO_CAPACITY,
    },
  ),
  'delivery.cancelled': delivery('cancelled', 'The waybill was cancelled.', CANCELLED, TO_ASSIGN),
  'delivery.exception': delivery(
    'exception',
    'The delivery stopped; the sub-state says why.',
    EXCEPTION,
    DELIVERING,
    {},
    {
      subState: DeliverySubState.USER_UNREACHABLE,
    },
  ),
  'delivery.returning': delivery('returning', 'The goods go back to the shop.', RETURNING, EXCEPTION),
  'delivery.returned': delivery('returned', 'The goods are back at the shop.', RETURNED, RETURNING),
  'delivery.self_delivery': delivery('self_delivery', 'The merchant delivers.', SELF_DELIVERY, REJECTED),
  'delivery.no_more_delivery': delivery(
    'no_more_delivery',
    'Nobody will deliver any more.',
    NO_MORE_DELIVERY,
    CANCELLED,
  ),
  'delivery.unclaimed': delivery(
    'unclaimed',
    'No carrier has acknowledged the call for a quarter of an hour: the merchant may deliver, or call again.',
    ...([TO_CALL, TO_CALL] as const),
  ),
  'delivery.late': delivery(
    'late',
    'The promise was broken so far that something is owed; told once. Nothing was granted yet.',
    ...([DELIVERED, DELIVERED] as const),
    {
      rule: { type: 'string', description: 'The rule of the compensation centre; (order, rule) is granted once' },
      ruleVersion: { type: 'integer', minimum: 1, description: 'What the order was promised under' },
      city: { type: 'string' },
      minutesLate: { type: 'integer', minimum: 0 },
      currency: { type: 'string' },
      promisedAt: instant,
      deliveredAt: { type: ['string', 'null'], format: 'date-time', description: 'Null: not arrived yet' },
    },
    {
      ...{ rule: 'late-delivery', ruleVersion: 1, city: 'shanghai', minutesLate: 24, currency: 'CNY' },
      ...{ promisedAt: '2026-11-20T11:36:00.000Z', deliveredAt: NOON },
    },
  ),
} as const satisfies Readonly<Record<`delivery.${string}`, EventEntry>>;
