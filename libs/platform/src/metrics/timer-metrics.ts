/**
 * What a timer engine tells of itself, as the house's metrics: the shape of `TimerRecorder` of @ordo/timers, which may not know this
 * library. One per process, for all its queues. Sums over the processes of a queue are true as long as each forgets what it gave away.
 */
import { type Clock, systemClock } from '@ordo/kernel';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Logger } from '../logging/logger.js';
import type { Metrics } from './metrics.js';

/** Seconds. A slot is one second, so 1.2 s at p99 is the promise; the upper end tells an outage of a minute from one of an hour. */
const LATENESS_BUCKETS = [0.1, 0.25, 0.5, 0.75, 1, 1.2, 1.5, 2, 3, 5, 10, 20, 60, 300, 3_600];
/** What happens to one partition happens to all of them, and every second; a line for each would hide all others. */
const LOG_EVERY_MS = 10_000;
/** A partition is sampled once a minute or two; what is older belongs to another process by now. */
const SAMPLE_LIVES_MS = 180_000;
const MS_PER_SECOND = 1_000;

interface DepthSample {
  readonly pending: number;
  readonly oldestDueAgeMs: number;
  readonly seenMs: number;
}

/** What is known of one queue; the partitions stay in here, because 120 of them per queue are no label. */
interface QueueView {
  readonly depths: Map<number, DepthSample>;
  readonly degraded: Set<number>;
  pausedNodes: number;
}

export class TimerMetrics {
  private readonly queues = new Map<string, QueueView>();
  private readonly loggedMs = new Map<string, number>();
  private readonly lateness: Histogram<'queue'>;
  private readonly early: Counter<'queue'>;
  private readonly refusals: Counter<'queue' | 'reason'>;
  private readonly handlerFailures: Counter<'queue' | 'outcome'>;
  private readonly rebuilds: Counter<'queue'>;
  private readonly feeds: Counter<'queue'>;
  private readonly repairs: Counter<'queue'>;
  private readonly purges: Counter<'queue'>;
  private readonly failures: Counter<'queue' | 'step'>;
  private readonly firings: Counter<'queue'>;

  constructor(
    metrics: Metrics,
    private readonly logger: Logger,
    private readonly clock: Clock = systemClock,
  ) {
    const registers = [metrics.registry];
    const counter = <L extends string>(name: string, help: string, labelNames: L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers });
    this.lateness = new Histogram({
      ...{ name: 'ordo_timer_lateness_seconds', help: 'True due time to firing, by the clock of the database.' },
      ...{ labelNames: ['queue'], buckets: LATENESS_BUCKETS, registers },
    });
    this.firings = counter('ordo_timer_fired_total', 'Timers fired.', ['queue']);
    this.early = counter('ordo_timer_early_total', 'Timers fired before they were due: a bug.', ['queue']);
    this.refusals = counter('ordo_timer_gate_refusals_total', 'Index entries that the gate refused.', [
      'queue',
      'reason',
    ]);
    this.handlerFailures = counter('ordo_timer_handler_failures_total', 'Failed attempts: retried, or given up.', [
      'queue',
      'outcome',
    ]);
    this.rebuilds = counter('ordo_timer_rebuilds_total', 'Partitions whose index was made anew.', ['queue']);
    this.feeds = counter('ordo_timer_fed_total', 'Timers loaded into the index by the feeder.', ['queue']);
    this.repairs = counter('ordo_timer_repaired_total', 'Timers that the index had lost and the sweeper found.', [
      'queue',
    ]);
    this.purges = counter('ordo_timer_purged_total', 'Ended timers that were forgotten.', ['queue']);
    this.failures = counter('ordo_timer_failed_steps_total', 'Steps that will be tried again.', ['queue', 'step']);
    this.declareGauges(registers);
  }

  fired(queue: string, latenessMs: readonly number[]): void {
    const lateness = this.lateness.labels(queue);
    for (const ms of latenessMs) lateness.observe(ms / MS_PER_SECOND);
    this.firings.labels(queue).inc(latenessMs.length);
    const early = latenessMs.filter((ms) => ms < 0).length;
    this.early.labels(queue).inc(early);
    if (early > 0) this.logger.error('timers fired early', { queue, early, earliestMs: Math.min(...latenessMs) });
  }

  gateRefused(queue: string, reason: 'refused' | 'early', count: number): void {
    this.refusals.labels(queue, reason).inc(count);
  }

  handlerFailed(queue: string, isFinal: boolean, count: number): void {
    this.handlerFailures.labels(queue, isFinal ? 'given-up' : 'retried').inc(count);
    if (isFinal) this.logger.error('timers have failed for the last time', { queue, count });
  }

  rebuilt(queue: string, partition: number, overdue: number): void {
    this.rebuilds.labels(queue).inc();
    this.seldom(`${queue}:rebuilt`, () =>
      this.logger.warn('the index of a partition was made anew, and perhaps of others', { queue, partition, overdue }),
    );
  }

  fed(queue: string, _partition: number, entries: number): void {
    this.feeds.labels(queue).inc(entries);
  }

  repaired(queue: string, partition: number, entries: number): void {
    this.repairs.labels(queue).inc(entries);
    this.logger.warn('timers that the index had lost were found', { queue, partition, entries });
  }

  purged(queue: string, count: number): void {
    this.purges.labels(queue).inc(count);
  }

  degraded(queue: string, partition: number, isDegraded: boolean): void {
    const { degraded } = this.viewOf(queue);
    const before = degraded.size;
    if (isDegraded) degraded.add(partition);
    else degraded.delete(partition);
    if (before === 0 && degraded.size > 0) this.logger.error('timers fire from the database', { queue });
    if (before > 0 && degraded.size === 0) this.logger.info('timers fire by the index again', { queue });
  }

  released(queue: string, partition: number): void {
    this.viewOf(queue).depths.delete(partition);
    this.degraded(queue, partition, false);
  }

  paused(queue: string, nodes: number): void {
    this.viewOf(queue).pausedNodes = nodes;
    if (nodes > 0) this.logger.warn('the timers of a queue are paused', { queue, nodes });
    else this.logger.info('the timers of a queue fire', { queue });
  }

  depth(queue: string, partition: number, pending: number, oldestDueAgeMs: number): void {
    this.viewOf(queue).depths.set(partition, { pending, oldestDueAgeMs, seenMs: this.clock.monotonicMs() });
  }

  failed(queue: string, step: string, error: unknown): void {
    this.failures.labels(queue, step).inc();
    this.seldom(`${queue}:${step}`, () =>
      this.logger.warn('a step of the timers failed and goes again', { queue, step, error }),
    );
  }

  private seldom(key: string, tell: () => void): void {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - (this.loggedMs.get(key) ?? Number.NEGATIVE_INFINITY) < LOG_EVERY_MS) return;
    this.loggedMs.set(key, nowMs);
    tell();
  }

  /** Asked for at every scrape, so that what was given away disappears by itself. */
  private declareGauges(registers: Metrics['registry'][]): void {
    const gauge = (name: string, help: string, valueOf: (view: QueueView) => number): void => {
      const collect = (): void => {
        for (const [queue, view] of this.queues) made.labels(queue).set(valueOf(view));
      };
      const made = new Gauge({ name, help, labelNames: ['queue'], registers, collect });
    };
    gauge('ordo_timer_pending', 'Pending timers of the partitions that this process owns.', (view) =>
      this.samplesOf(view).reduce((sum, { pending }) => sum + pending, 0),
    );
    gauge(
      'ordo_timer_oldest_due_seconds',
      'How long the oldest of them has been due.',
      (view) => Math.max(0, ...this.samplesOf(view).map(({ oldestDueAgeMs }) => oldestDueAgeMs)) / MS_PER_SECOND,
    );
    gauge(
      'ordo_timer_degraded_partitions',
      'Partitions that fire from the database because the index does not answer.',
      ({ degraded }) => degraded.size,
    );
    gauge('ordo_timer_paused_nodes', 'Nodes on which an operator has paused the queue.', (view) => view.pausedNodes);
  }

  private samplesOf({ depths }: QueueView): DepthSample[] {
    const oldestMs = this.clock.monotonicMs() - SAMPLE_LIVES_MS;
    for (const [partition, { seenMs }] of depths) if (seenMs < oldestMs) depths.delete(partition);
    return [...depths.values()];
  }

  private viewOf(queue: string): QueueView {
    let view = this.queues.get(queue);
    if (view === undefined) {
      view = { depths: new Map(), degraded: new Set(), pausedNodes: 0 };
      this.queues.set(queue, view);
    }
    return view;
  }
}
