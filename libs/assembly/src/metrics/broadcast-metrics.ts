/** The broadcast as the house's metrics: queues of the registry, events that nobody hears, and the second cluster's progress. */
import type { QueueReading } from '@ordo/broadcast';
import type { OutboxDepth, RelayRecorder } from '@ordo/outbox';
import type { Logger, Metrics } from '@ordo/platform';
import { Counter, Gauge } from 'prom-client';

const MS_PER_SECOND = 1_000;
const ABSENT = -1;

export class BroadcastMetrics {
  private readonly messages: Gauge<'queue' | 'owner'>;
  private readonly fill: Gauge<'queue' | 'owner'>;
  private readonly waiting: Gauge<'queue' | 'owner'>;
  private readonly consumers: Gauge<'queue' | 'owner'>;
  private readonly deserted: Gauge<'queue' | 'owner'>;
  private readonly deadLetters: Gauge<'queue' | 'owner'>;
  private readonly unheard: Counter<'event'>;
  private readonly paused: Gauge<'node' | 'cluster'>;
  private readonly secondDepth: Gauge<'node' | 'state'>;
  private readonly secondAge: Gauge<'node'>;
  private readonly secondPublishes: Counter<'outcome'>;
  private readonly secondParks: Counter<'node' | 'reason'>;

  constructor(
    { registry }: Pick<Metrics, 'registry'>,
    private readonly logger: Logger,
  ) {
    const registers = [registry];
    const gauge = <const L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    const counter = <const L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    const ofQueue: ('queue' | 'owner')[] = ['queue', 'owner'];
    this.messages = gauge('ordo_queue_messages', 'Messages that wait in a work queue; -1: it is not there.', ofQueue);
    this.fill = gauge('ordo_queue_fill_ratio', 'Of the length of a work queue that is in use.', ofQueue);
    this.waiting = gauge('ordo_queue_waiting_seconds', 'Since a work queue was last seen empty.', ofQueue);
    this.consumers = gauge('ordo_queue_consumers', 'Consumers of a work queue.', ofQueue);
    this.deserted = gauge('ordo_queue_deserted', '1 where somebody has to consume and nobody does.', ofQueue);
    this.deadLetters = gauge('ordo_queue_dead_letters', 'Dead letters of a work queue.', ofQueue);
    this.unheard = counter('ordo_events_unheard_total', 'Published events that no queue hears.', ['event']);
    this.paused = gauge('ordo_broadcast_paused', '1 where an operator stopped the broadcast.', ['node', 'cluster']);
    this.secondDepth = gauge('ordo_second_outbox_depth', 'Rows that the second cluster has to hear.', [
      'node',
      'state',
    ]);
    this.secondAge = gauge('ordo_second_outbox_oldest_seconds', 'Age of the oldest of them.', ['node']);
    this.secondPublishes = counter('ordo_second_publish_total', 'Publishes to the second cluster.', ['outcome']);
    this.secondParks = counter('ordo_second_parked_total', 'Rows set aside before the second cluster.', [
      'node',
      'reason',
    ]);
  }

  queueSeen({ queue, owner, messages, consumers, deadLetters, fill, waitingMs, isDeserted }: QueueReading): void {
    this.messages.labels(queue, owner).set(messages ?? ABSENT);
    this.fill.labels(queue, owner).set(fill);
    this.waiting.labels(queue, owner).set(waitingMs / MS_PER_SECOND);
    this.consumers.labels(queue, owner).set(consumers ?? 0);
    this.deserted.labels(queue, owner).set(isDeserted ? 1 : 0);
    this.deadLetters.labels(queue, owner).set(deadLetters ?? 0);
  }

  /** `event`: exchange and routing key. */
  heardByNobody(event: string): void {
    this.unheard.labels(event).inc();
  }

  pausedOn(node: string, cluster: string, isPaused: boolean): void {
    this.paused.labels(node, cluster).set(isPaused ? 1 : 0);
  }

  secondSeen(node: string, { ready, parked, projected, oldestAgeMs }: OutboxDepth): void {
    for (const [state, depth] of Object.entries({ ready, parked, projected })) {
      this.secondDepth.labels(node, state).set(depth);
    }
    this.secondAge.labels(node).set(oldestAgeMs / MS_PER_SECOND);
  }

  second(): RelayRecorder {
    return {
      published: (_node, outcome, count) => this.secondPublishes.labels(outcome).inc(count),
      projected: () => undefined, // there is nothing to project
      parked: (node, reason, rows) => {
        this.secondParks.labels(node, reason).inc(rows);
        this.logger.warn('rows for the second cluster are parked', { node, reason, rows });
      },
      failed: (node, error) =>
        this.logger.error('a pass for the second cluster failed; it goes again', { node, error }),
    };
  }
}
