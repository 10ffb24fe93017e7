/** A message to publish. `messageId` must be unique within the windows in flight: returns are matched by it. */
export interface OutgoingEvent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly body: Buffer | string;
  /** AMQP `type` property; the CloudEvents type of the body. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Default `application/cloudevents+json`. */
  readonly contentType?: string;
}

/**
 * What became of one published message.
 * - `confirmed`: on disk in a majority of every queue that it was routed to, and routed to one at least.
 * - `returned`: no queue is bound for it; the broker acknowledged and dropped it. Not sent.
 * - `refused`: the broker said no (a full `reject-publish` queue), or the message cannot be encoded. Not in every queue.
 * - `unconfirmed`: nobody knows; it may be in its queues. Publish it again: consumers recognise the repeat by its id.
 */
export const PublishOutcome = {
  CONFIRMED: 'confirmed',
  RETURNED: 'returned',
  REFUSED: 'refused',
  UNCONFIRMED: 'unconfirmed',
} as const;
export type PublishOutcome = (typeof PublishOutcome)[keyof typeof PublishOutcome];

export type OutcomeCounts = Readonly<Record<PublishOutcome, number>>;

export function countOutcomes(outcomes: readonly PublishOutcome[]): OutcomeCounts {
  const counts = { confirmed: 0, returned: 0, refused: 0, unconfirmed: 0 };
  for (const outcome of outcomes) counts[outcome] += 1;
  return counts;
}
