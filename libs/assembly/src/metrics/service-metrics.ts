/** What a service does as the house's metrics: the libraries' recorder ports on one side, Prometheus on the other. */
import type { OutboxDepth, RelayRecorder } from '@ordo/outbox';
import type { Logger, Metrics } from '@ordo/platform';
import type { TransactionsRecorder } from '@ordo/sharding';
import { Counter } from 'prom-client';
import { BroadcastMetrics } from './broadcast-metrics.js';

const COMMITTED = 'committed';

export class ServiceMetrics {
  readonly broadcast: BroadcastMetrics;
  private readonly broken: Counter<'node' | 'reason'>;
  private readonly parks: Counter<'node' | 'reason'>;

  constructor(
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    const registers = [metrics.registry];
    this.broadcast = new BroadcastMetrics(metrics, logger);
    const labelNames = ['node', 'reason'] as const;
    this.broken = new Counter({
      ...{ name: 'ordo_batch_broken_total', help: 'Coalesced transactions that did not commit at once.' },
      ...{ labelNames, registers },
    });
    this.parks = new Counter({
      ...{ name: 'ordo_outbox_parked_total', help: 'Outbox rows set aside, by reason.' },
      ...{ labelNames, registers },
    });
  }

  /** `onCommitted` hears the name of the node after every commit. */
  transactions(onCommitted: (node: string) => void): TransactionsRecorder {
    return {
      batchCommitted: (node, units, tookMs) => {
        this.metrics.batchEnded(node, units, tookMs, COMMITTED);
        onCommitted(node);
      },
      batchBroken: (node, reason) => {
        this.broken.labels(node, reason).inc();
        if (reason === 'unknown') this.logger.warn('a commit was lost and is read back', { node });
      },
    };
  }

  relay(): RelayRecorder {
    return {
      published: (_node, outcome, count) => this.metrics.published(outcome, count),
      projected: (node, _rows, lagMs) => this.metrics.projected(node, lagMs),
      parked: (node, reason, rows) => {
        this.parks.labels(node, reason).inc(rows);
        this.logger.warn('outbox rows are parked', { node, reason, rows });
      },
      failed: (node, error) => this.logger.error('a pass of the relay failed; it goes again', { node, error }),
    };
  }

  outboxSeen(node: string, { ready, parked, projected, oldestAgeMs }: OutboxDepth): void {
    this.metrics.outboxSeen(node, { ready, parked, projected }, oldestAgeMs);
  }
}
