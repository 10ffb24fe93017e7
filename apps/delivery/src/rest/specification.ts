/** What the delivery app says of its REST contract. */
import type { SpecificationOutline } from '@ordo/platform';

export const deliverySpecification: SpecificationOutline = {
  title: 'Ordo delivery API',
  purpose: 'Delivery of orders: promises, hand-off to carriers, the life of a waybill, punctuality.',
  tags: [
    ['Deliveries', 'How an order reaches its user'],
    ['Carriers', 'What carriers tell and ask; signed instead of a token'],
    ['Contracts', 'What was agreed with merchants: commission, who delivers, when a courier is called'],
    ['Promises', 'When it would arrive, and the rooms that say so'],
  ],
};
