/** What the feed does as metrics: its streams, and what of it reaches the database. */
import type { Metrics } from '@ordo/platform';
import { Counter, Gauge } from 'prom-client';
import type { StreamEnd } from './feed-stream.js';

export class FeedMetrics {
  private readonly streams: Gauge;
  private readonly ends: Counter<'end'>;
  private readonly reads: Counter<'what'>;
  private readonly running: Gauge;

  constructor({ registry }: Pick<Metrics, 'registry'>) {
    const registers = [registry];
    this.streams = new Gauge({ name: 'ordo_feed_streams', help: 'Open streams of merchants’ feeds.', registers });
    this.ends = new Counter({
      ...{ name: 'ordo_feed_streams_ended_total', help: 'Streams that ended, by reason.', registers },
      labelNames: ['end'] as const,
    });
    this.reads = new Counter({
      ...{ name: 'ordo_feed_reads_total', help: 'Reads of feeds from the database: heads, pages.', registers },
      labelNames: ['what'] as const,
    });
    this.running = new Gauge({
      ...{ name: 'ordo_feed_reads_running', help: 'Reads of feeds that the database is working on.', registers },
    });
    for (const what of ['heads', 'pages']) this.reads.labels(what).inc(0);
  }

  counted(streams: number): void {
    this.streams.set(streams);
  }

  ended(end: StreamEnd): void {
    this.ends.labels(end).inc();
  }

  /** Answers with what `read` gives, and counts it while it runs. */
  async reading<T>(what: 'heads' | 'pages', read: () => Promise<T>): Promise<T> {
    this.reads.labels(what).inc();
    this.running.inc();
    try {
      return await read();
    } finally {
      this.running.dec();
    }
  }
}
