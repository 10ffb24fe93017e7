/**
 * Looks at every queue of the registry once in a while, so that an owner hears of a queue that fills, of one that nobody empties, and of
 * one that nobody consumes, before its overflow policy decides. AMQP tells how many messages wait and not how long: so the age is bounded
 * from above by the time since the queue was last seen empty. Consumers know it exactly (`EventConsumerOptions.onReceived`).
 */
import { type Clock, systemClock } from '@ordo/kernel';
import { countBacklogs, type QueueBacklog } from '../dead-letters/dead-letters.js';
import type { Topology } from '../topology/topology.js';

export interface QueueReading extends QueueBacklog {
  /** Of its length that is in use, 0 to 1 (a little more while a quorum queue refuses late); 0 for one that is not there. */
  readonly fill: number;
  /** Milliseconds since it was last seen empty; no message in it is older than that and one look. */
  readonly waitingMs: number;
  /** Somebody has to consume it (its file gives a load) and nobody does, or it is not on the broker. */
  readonly isDeserted: boolean;
}

export interface QueueWatchOptions {
  readonly url: string;
  readonly topology: Topology;
  /** Called for every queue at every look. Must not throw. */
  readonly onReading: (reading: QueueReading) => void;
  /** The broker did not answer; the next look comes. */
  readonly onFailed?: (error: unknown) => void;
  /** Milliseconds between two looks. Default 15000, as often as metrics are scraped. */
  readonly everyMs?: number;
  readonly clock?: Clock;
  /** For specs. Default: asks the broker. */
  readonly count?: (url: string, topology: Topology) => Promise<readonly QueueBacklog[]>;
}

const EVERY_MS = 15_000;

export class QueueWatch {
  private readonly emptyMs = new Map<string, number>();
  private readonly clock: Clock;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();

  constructor(private readonly options: QueueWatchOptions) {
    this.clock = options.clock ?? systemClock;
  }

  start(): void {
    if (this.timer !== undefined) return;
    this.looking = this.look();
    this.timer = setInterval(() => {
      this.looking = this.looking.then(() => this.look());
    }, this.options.everyMs ?? EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Never throws. */
  async look(): Promise<void> {
    const { url, topology, count = countBacklogs } = this.options;
    try {
      const backlogs = await count(url, topology);
      for (const backlog of backlogs) this.options.onReading(this.readingOf(backlog));
    } catch (error) {
      this.options.onFailed?.(error);
    }
  }

  private readingOf(backlog: QueueBacklog): QueueReading {
    const { queue, messages = 0, consumers = 0 } = backlog;
    const definition = this.options.topology.queues.find(({ name }) => name === queue);
    const nowMs = this.clock.monotonicMs();
    if (messages === 0 || !this.emptyMs.has(queue)) this.emptyMs.set(queue, nowMs);
    return {
      ...backlog,
      fill: messages / (definition?.maxLength ?? 1),
      waitingMs: nowMs - (this.emptyMs.get(queue) ?? nowMs),
      isDeserted: backlog.messages === undefined || (consumers === 0 && definition?.load !== undefined),
    };
  }
}
