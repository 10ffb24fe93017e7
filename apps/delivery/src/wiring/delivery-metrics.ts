/** What hand-off and errands tell: Prometheus and the log on one side, their recorder ports on the other. */
import type { Refusal } from '@ordo/kernel';
import type { Logger, Metrics } from '@ordo/platform';
import { Counter } from 'prom-client';
import type { ErrandRecorder } from '../errands/errand-task.js';
import type { PushOutcome, PushRecorder } from '../hand-off/pusher.js';

export class DeliveryMetrics implements PushRecorder, ErrandRecorder {
  private readonly pushes: Counter<'carrier' | 'outcome'>;
  private readonly refusals: Counter<'carrier' | 'errand'>;
  private readonly alarms: Counter<'carrier'>;

  constructor(
    { registry }: Metrics,
    private readonly logger: Logger,
  ) {
    const registers = [registry];
    this.pushes = new Counter({
      ...{ name: 'ordo_delivery_pushes_total', help: 'Calls of carriers by outcome.' },
      ...{ labelNames: ['carrier', 'outcome'] as const, registers },
    });
    this.refusals = new Counter({
      ...{ name: 'ordo_delivery_errands_refused_total', help: 'Cancellations and tips that a carrier did not take.' },
      ...{ labelNames: ['carrier', 'errand'] as const, registers },
    });
    this.alarms = new Counter({
      ...{ name: 'ordo_delivery_unclaimed_total', help: 'Calls that no carrier acknowledged until the last push.' },
      ...{ labelNames: ['carrier'] as const, registers },
    });
  }

  pushed(carrier: string, outcome: PushOutcome): void {
    this.pushes.labels(carrier, outcome).inc();
  }

  /** Food that nobody fetches: for people. */
  unclaimed(carrier: string, orderId: string, attempt: number): void {
    this.alarms.labels(carrier).inc();
    this.logger.error('no carrier acknowledged a call; its merchant may deliver or call again', {
      ...{ carrier, orderId, attempt },
    });
  }

  carrierBroken(carrier: string, error: unknown): void {
    this.logger.error('a carrier answers what none should', { carrier, error });
  }

  errandRefused(carrier: string, errand: string, error: Refusal): void {
    this.refusals.labels(carrier, errand).inc();
    this.logger.warn('a carrier does not take an errand', { carrier, errand, error });
  }

  /** The fast way failed; a timer goes the certain one. */
  behindTimers(what: string): (error: unknown) => void {
    return (error) => this.logger.warn(`${what} failed; its timer tries again`, { error });
  }
}
