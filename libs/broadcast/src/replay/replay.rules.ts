/** Which entries of a stream a replay means, and where a queue would have heard them. */
import type { CloudEvent } from '@ordo/contracts';

/** What is meant; all that is given must match. */
export interface ReplayFilter {
  readonly orderId?: string;
  readonly merchantId?: string;
  /** Handed to the exchange at or after this moment. */
  readonly since?: Date;
  /** Handed to the exchange before this moment. */
  readonly until?: Date;
  /** CloudEvents types, e.g. `ordo.order.paid.v1`. */
  readonly types?: readonly string[];
}

export function isMeant(filter: ReplayFilter, event: CloudEvent): boolean {
  const sentMs = Date.parse(event.senttime);
  return (
    (filter.orderId === undefined || filter.orderId === event.subject) &&
    (filter.merchantId === undefined || filter.merchantId === event.merchantid) &&
    (filter.since === undefined || sentMs >= filter.since.getTime()) &&
    (filter.until === undefined || sentMs < filter.until.getTime()) &&
    (filter.types === undefined || filter.types.includes(event.type))
  );
}
