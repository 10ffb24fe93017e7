/** What Prometheus reads of the timers, through the recorder's shape of @ordo/timers. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import type { TimerRecorder } from '@ordo/timers';
import { type Logger, silentLogger } from '../logging/logger.js';
import { Metrics } from './metrics.js';
import { TimerMetrics } from './timer-metrics.js';

let metrics: Metrics;
let clock: ManualClock;
let lines: string[];
// The assignment is the proof that the shapes agree.
let recorder: TimerRecorder;

beforeEach(() => {
  metrics = new Metrics({ defaults: false });
  clock = new ManualClock(1_700_000_000_000);
  lines = [];
  const logger: Logger = {
    ...silentLogger,
    info: (message) => void lines.push(message),
    warn: (message) => void lines.push(message),
    error: (message) => void lines.push(message),
  };
  recorder = new TimerMetrics(metrics, logger, clock);
});

const scrape = async (): Promise<string[]> => (await metrics.registry.metrics()).split('\n');

describe('the metrics of the timers', () => {
  it('count what fired, how late, and what fired early', async () => {
    recorder.fired('order-deadline', [20, 1_150, 0]);
    recorder.fired('order-deadline', [-1]);
    const text = await scrape();
    expect(text).toContain('ordo_timer_fired_total{queue="order-deadline"} 4');
    expect(text).toContain('ordo_timer_lateness_seconds_bucket{le="1.2",queue="order-deadline"} 4');
    expect(text).toContain('ordo_timer_lateness_seconds_bucket{le="1",queue="order-deadline"} 3');
    expect(text).toContain('ordo_timer_early_total{queue="order-deadline"} 1');
    expect(lines).toEqual(['timers fired early']);
  });

  it('show early firings as 0 as soon as something has fired, so that an alert has a series to watch', async () => {
    recorder.fired('order-deadline', [20]);
    expect(await scrape()).toContain('ordo_timer_early_total{queue="order-deadline"} 0');
  });

  it('add up the pending of all partitions and show the oldest that is due', async () => {
    recorder.depth('reminders', 3, 40, 0);
    recorder.depth('reminders', 7, 2, 61_500);
    const text = await scrape();
    expect(text).toContain('ordo_timer_pending{queue="reminders"} 42');
    expect(text).toContain('ordo_timer_oldest_due_seconds{queue="reminders"} 61.5');
  });

  it('forget a partition that has not been looked at for three minutes: it is another process’s', async () => {
    recorder.depth('reminders', 3, 40, 9_000);
    clock.advance(100_000);
    recorder.depth('reminders', 7, 2, 0);
    clock.advance(100_000);
    const text = await scrape();
    expect(text).toContain('ordo_timer_pending{queue="reminders"} 2');
    expect(text).toContain('ordo_timer_oldest_due_seconds{queue="reminders"} 0');
  });

  it('forget at once what was given away', async () => {
    recorder.depth('reminders', 3, 40, 9_000);
    recorder.degraded('reminders', 3, true);
    recorder.released('reminders', 3);
    const text = await scrape();
    expect(text).toContain('ordo_timer_pending{queue="reminders"} 0');
    expect(text).toContain('ordo_timer_degraded_partitions{queue="reminders"} 0');
  });

  it('show on how many nodes a queue is paused', async () => {
    recorder.paused('reminders', 2);
    expect(await scrape()).toContain('ordo_timer_paused_nodes{queue="reminders"} 2');
    recorder.paused('reminders', 0);
    expect(await scrape()).toContain('ordo_timer_paused_nodes{queue="reminders"} 0');
  });

  it('tell the gate’s refusals and the handlers’ failures apart', async () => {
    recorder.gateRefused('reminders', 'refused', 3);
    recorder.gateRefused('reminders', 'early', 1);
    recorder.handlerFailed('reminders', false, 5);
    recorder.handlerFailed('reminders', true, 1);
    const text = await scrape();
    expect(text).toContain('ordo_timer_gate_refusals_total{queue="reminders",reason="refused"} 3');
    expect(text).toContain('ordo_timer_gate_refusals_total{queue="reminders",reason="early"} 1');
    expect(text).toContain('ordo_timer_handler_failures_total{queue="reminders",outcome="retried"} 5');
    expect(text).toContain('ordo_timer_handler_failures_total{queue="reminders",outcome="given-up"} 1');
  });

  it('count rebuilds, feeds, repairs and what is forgotten', async () => {
    recorder.rebuilt('reminders', 1, 17);
    recorder.fed('reminders', 1, 1_000);
    recorder.repaired('reminders', 1, 2);
    recorder.purged('reminders', 900);
    const text = await scrape();
    expect(text).toContain('ordo_timer_rebuilds_total{queue="reminders"} 1');
    expect(text).toContain('ordo_timer_fed_total{queue="reminders"} 1000');
    expect(text).toContain('ordo_timer_repaired_total{queue="reminders"} 2');
    expect(text).toContain('ordo_timer_purged_total{queue="reminders"} 900');
  });

  it('count the rebuilds of a hundred partitions and tell of them in one line', async () => {
    for (let partition = 0; partition < 100; partition += 1) recorder.rebuilt('reminders', partition, 0);
    expect(await scrape()).toContain('ordo_timer_rebuilds_total{queue="reminders"} 100');
    expect(lines).toHaveLength(1);
  });

  it('show how many partitions are degraded, and log only the first and the last of them', async () => {
    recorder.degraded('reminders', 1, true);
    recorder.degraded('reminders', 2, true);
    expect(await scrape()).toContain('ordo_timer_degraded_partitions{queue="reminders"} 2');
    recorder.degraded('reminders', 1, false);
    recorder.degraded('reminders', 2, false);
    expect(await scrape()).toContain('ordo_timer_degraded_partitions{queue="reminders"} 0');
    expect(lines).toEqual(['timers fire from the database', 'timers fire by the index again']);
  });

  it('count every failed step and log it every ten seconds', async () => {
    for (let count = 0; count < 25; count += 1) {
      recorder.failed('reminders', 'turn', new Error('away'));
      clock.advance(1_000);
    }
    expect(await scrape()).toContain('ordo_timer_failed_steps_total{queue="reminders",step="turn"} 25');
    expect(lines).toHaveLength(3);
  });
});
