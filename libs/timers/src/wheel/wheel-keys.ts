/** Names of the wheel's keys. Short, because a slot with one timer consists of little else; one hash tag per partition. */
import { refuse } from '@ordo/contracts';

/** A brace would end the hash tag early; 40 characters keep a lone timer's key below 110 B. */
const QUEUE_NAME = /^[a-z0-9][a-z0-9.-]{0,39}$/;
const COMPACT = 36;

export function assertQueueName(queue: string): void {
  if (!QUEUE_NAME.test(queue)) {
    throw refuse('TIMER_QUEUE_UNKNOWN', `'${queue}' is no name for a queue: a-z, 0-9, '.' and '-', at most 40`, {
      queue,
    });
  }
}

export class WheelKeys {
  private readonly tag: string;

  constructor(queue: string, partition: number) {
    this.tag = `{${queue}:${partition}}`;
  }

  get state(): string {
    return this.tag;
  }

  get leases(): string {
    return `${this.tag}l`;
  }

  slot(slot: number): string {
    return `${this.tag}s${slot.toString(COMPACT)}`;
  }

  batch(batch: string): string {
    return `${this.tag}b${batch}`;
  }
}

/** The batches of one epoch begin alike, so that a successor knows its predecessors' at sight. */
export const batchPrefix = (epoch: number): string => `${epoch}.`;
