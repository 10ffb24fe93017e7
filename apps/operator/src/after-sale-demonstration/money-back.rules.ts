/** What must go back of an order that was driven through a journey: what was paid for nothing, and no more. Pure. */
import { eventsOf, type Journey } from '../demonstration/journey.js';
import { draftOf } from '../demonstration/order-drafts.js';

/** Minor units: each payment that came late or twice, and the one that counted if the order ended without completion. */
export function moneyDue(journey: Journey): number {
  const events = eventsOf(journey);
  const unneeded = events.filter((name) => name === 'order.late_payment').length;
  const hasEnded = events.includes('order.paid') && events.includes('order.invalidated');
  return (unneeded + (hasEnded ? 1 : 0)) * draftOf(journey.bizType).payAmount;
}
