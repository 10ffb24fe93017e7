/** Which entries of a stream a replay means, and where a queue would have heard them. */
import type { CloudEvent } from '@ordo/contracts';
import type { QueueBinding } from '../topology/topology.js';

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

/** Whether one of the bindings would have let the key in. */
export function wouldHear(bindings: readonly QueueBinding[], routingKey: string): boolean {
  return bindings.some((binding) => matchesTopic(binding.routingKey.split('.'), routingKey.split('.')));
}

/** AMQP's topic patterns: `*` is one word, `#` any number of them. */
function matchesTopic(pattern: readonly string[], words: readonly string[]): boolean {
  const [head, ...rest] = pattern;
  if (head === undefined) return words.length === 0;
  if (head === '#') return matchesTopic(rest, words) || (words.length > 0 && matchesTopic(pattern, words.slice(1)));
  return words.length > 0 && (head === '*' || head === words[0]) && matchesTopic(rest, words.slice(1));
}
