/**
 * What the pending deadline of a state brings, for an operator who asks before it does. The order app's state tables decide; a spec holds
 * this against the document that is generated from them, because apps do not import each other.
 */
import { InvalidReason, type OrderStatus } from '@ordo/contracts';

export interface DeadlineOutcome {
  readonly becomes: OrderStatus;
  readonly reasonCode?: InvalidReason;
}

export const deadlineOutcomes: Readonly<Partial<Record<OrderStatus, DeadlineOutcome>>> = {
  CREATED: { becomes: 'INVALID', reasonCode: InvalidReason.PAY_TIMEOUT },
  PAID: { becomes: 'INVALID', reasonCode: InvalidReason.ACCEPT_TIMEOUT },
  ACCEPTED: { becomes: 'RECEIVED' },
  FULFILLING: { becomes: 'COMPLETED' },
  RECEIVED: { becomes: 'COMPLETED' },
};
