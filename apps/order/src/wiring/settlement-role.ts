/** The export's part of the role that answers callers: a pool of its own, so that a night's run never takes a connection of the morning. */
import { systemClock } from '@ordo/kernel';
import type { Metrics } from '@ordo/platform';
import { NodePools, type Placement } from '@ordo/sharding';
import { Counter } from 'prom-client';
import { SettlementOperations } from '../operations/settlement-operations.js';
import { SettlementRepository } from '../settlement/settlement.repository.js';
import { SettlementExport } from '../settlement/settlement-export.js';

/** Of each node, for all exports of the process. */
const CONNECTIONS = 2;
/** A page of a cold shard may take seconds; nobody waits for it at a counter. */
const PAGE_DEADLINE_MS = 10_000;
const QUEUE = 16;

export class SettlementRole {
  readonly operations: SettlementOperations;
  private readonly pools: NodePools;

  constructor(nodeUrls: readonly string[], placement: Placement, metrics: Pick<Metrics, 'registry'>) {
    this.pools = new NodePools(nodeUrls, {
      ...{ connectionLimit: CONNECTIONS, queueLimit: QUEUE },
      ...{ acquireDeadlineMs: PAGE_DEADLINE_MS, queryDeadlineMs: PAGE_DEADLINE_MS },
    });
    const told = new Counter({
      ...{ name: 'ordo_settlement_orders_total', help: 'Completed orders that exports have told.' },
      registers: [metrics.registry],
    });
    const settlement = new SettlementExport(new SettlementRepository(this.pools, placement), systemClock, (orders) =>
      told.inc(orders),
    );
    this.operations = new SettlementOperations(settlement);
  }

  close(): Promise<void> {
    return this.pools.close();
  }
}
