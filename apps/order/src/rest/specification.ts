/** What the order app says of its REST contract. */
import type { SpecificationOutline } from '@ordo/platform';

export const orderSpecification: SpecificationOutline = {
  title: 'Ordo order API',
  purpose: 'Forward orders: place, pay, accept, receive, complete, invalidate, and reads in both dimensions.',
  tags: [
    ['Commands', 'What changes an order'],
    ['Reads', 'What shows orders'],
  ],
};
