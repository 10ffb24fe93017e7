/** What the after-sale app says of its REST contract. */
import type { SpecificationOutline } from '@ordo/platform';

export const aftersaleSpecification: SpecificationOutline = {
  title: 'Ordo after-sale API',
  purpose:
    'Reverse orders: cancellation, refund applications and their decisions, and what became of the money. Agreement and movement of money are ' +
    'different facts: only the state SUCCEEDED says that it moved.',
  tags: [
    ['Commands', 'What changes a refund, or ends an order'],
    ['Reads', 'What shows refunds'],
    ['Compensation', 'What an order is owed because something went wrong'],
    ['Operation', 'For operators: refunds that wait for a person, and the daily comparison'],
  ],
};
