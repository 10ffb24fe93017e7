/** The house metrics (Prometheus). Libraries take the small recorder interfaces, so none of them knows prom-client. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** Seconds. Fine below 50 ms, because placement is promised at p50 ≤ 15 ms. */
const LATENCY_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10];
/** Units in one transaction or one publish window; powers of two up to the largest batch. */
const SIZE_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export interface BatchRecorder {
  /** One coalesced transaction ended. `outcome`: committed, bisected, unknown, failed. */
  batchEnded(node: string, units: number, commitMs: number, outcome: string): void;
}

export interface RelayRecorder {
  /** `depths`: rows that wait, by state. */
  outboxSeen(node: string, depths: Readonly<Record<string, number>>, oldestAgeMs: number): void;
  published(outcome: string, count: number): void;
  projected(node: string, lagMs: number): void;
}

export interface CacheRecorder {
  /** `outcome`: hit, local, absent, miss, error, skipped. */
  cacheRead(family: string, outcome: string): void;
}

export interface ConsumerRecorder {
  consumed(consumer: string, outcome: string, tookMs: number): void;
}

export interface RequestRecorder {
  /** `outcome`: `ok`, or the stable error code. */
  requestEnded(operation: string, outcome: string, tookMs: number): void;
}

export class Metrics implements BatchRecorder, RelayRecorder, CacheRecorder, ConsumerRecorder, RequestRecorder {
  readonly registry = new Registry();
  private readonly requests = this.histogram('ordo_request_seconds', 'Requests by operation and outcome.', [
    'operation',
    'outcome',
  ]);
  private readonly batchUnits = this.histogram(
    'ordo_batch_units',
    'Units per coalesced transaction.',
    ['node', 'outcome'],
    SIZE_BUCKETS,
  );
  private readonly commits = this.histogram('ordo_commit_seconds', 'BEGIN to the answer of COMMIT.', [
    'node',
    'outcome',
  ]);
  private readonly outboxDepth = this.gauge('ordo_outbox_depth', 'Outbox rows that wait.', ['node', 'state']);
  private readonly outboxAge = this.gauge('ordo_outbox_oldest_seconds', 'Age of the oldest waiting outbox row.', [
    'node',
  ]);
  private readonly publishes = this.counter('ordo_publish_total', 'Publishes by outcome.', ['outcome']);
  private readonly projection = this.histogram(
    'ordo_projection_lag_seconds',
    'Commit to written in the merchant shard.',
    ['node'],
  );
  private readonly cacheReads = this.counter('ordo_cache_reads_total', 'Cache reads by family and outcome.', [
    'family',
    'outcome',
  ]);
  private readonly consumptions = this.histogram('ordo_consume_seconds', 'Deliveries by consumer and outcome.', [
    'consumer',
    'outcome',
  ]);

  /** `defaults: false` leaves out process metrics (event-loop lag, heap, GC), for specs that read the text. */
  constructor(options: { readonly defaults?: boolean } = {}) {
    if (options.defaults !== false) collectDefaultMetrics({ register: this.registry });
  }

  requestEnded(operation: string, outcome: string, tookMs: number): void {
    this.requests.labels(operation, outcome).observe(tookMs / 1000);
  }

  batchEnded(node: string, units: number, commitMs: number, outcome: string): void {
    this.batchUnits.labels(node, outcome).observe(units);
    this.commits.labels(node, outcome).observe(commitMs / 1000);
  }

  outboxSeen(node: string, depths: Readonly<Record<string, number>>, oldestAgeMs: number): void {
    for (const [state, depth] of Object.entries(depths)) this.outboxDepth.labels(node, state).set(depth);
    this.outboxAge.labels(node).set(oldestAgeMs / 1000);
  }

  published(outcome: string, count: number): void {
    this.publishes.labels(outcome).inc(count);
  }

  projected(node: string, lagMs: number): void {
    this.projection.labels(node).observe(lagMs / 1000);
  }

  cacheRead(family: string, outcome: string): void {
    this.cacheReads.labels(family, outcome).inc();
  }

  consumed(consumer: string, outcome: string, tookMs: number): void {
    this.consumptions.labels(consumer, outcome).observe(tookMs / 1000);
  }

  private histogram<L extends string>(
    name: string,
    help: string,
    labelNames: L[],
    buckets = LATENCY_BUCKETS,
  ): Histogram<L> {
    return new Histogram({ name, help, labelNames, buckets, registers: [this.registry] });
  }

  private gauge<L extends string>(name: string, help: string, labelNames: L[]): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  private counter<L extends string>(name: string, help: string, labelNames: L[]): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }
}
