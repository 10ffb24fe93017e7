/** Who hears an event. A stream hears everything, which makes it routable and is not the same as somebody who acts on it. */
import { matchesTopic } from './topic-pattern.rules.js';
import type { QueueBinding, Topology } from './topology.js';

/** Whether one of the bindings would let the key in. */
export function wouldHear(bindings: readonly QueueBinding[], routingKey: string): boolean {
  return bindings.some((binding) => matchesTopic(binding.routingKey, routingKey));
}

/** Whether a queue of the topology hears the key of an exchange, by its full name. */
export function isHeard({ queues }: Pick<Topology, 'queues'>, exchange: string, routingKey: string): boolean {
  return queues.some((queue) => queue.exchange === exchange && wouldHear(queue.bindings, routingKey));
}
