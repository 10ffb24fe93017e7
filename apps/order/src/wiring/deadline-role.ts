/** The worker's part that ends orders by their deadlines: one timer engine over all user shards, shared with the other workers by leases. */
import type { Links } from '@ordo/assembly';
import type { Logger } from '@ordo/platform';
import { ShardTransactions, type TransactionsRecorder } from '@ordo/sharding';
import { LeasedPartitions, QueueSwitches, TimerEngine, type TimerRecorder, type WheelIndex } from '@ordo/timers';
import { OrderCache } from '../change/order-cache.js';
import { DeadlineRepository } from '../deadlines/deadline.repository.js';
import { ORDER_DEADLINE_QUEUE } from '../deadlines/deadline.rules.js';
import type { DeadlineSink } from '../deadlines/deadline-indexer.js';
import { OrderDeadlineStore } from '../deadlines/order-deadline-store.js';

/** Its leases lie on each node, for the user shards of that node: the loss of one stops nothing elsewhere. */
const GROUP = 'timers.order-deadline';
/** Orders that a log line names; the count says how many there are. */
const ORDERS_SHOWN = 5;

export interface DeadlineRolePorts {
  readonly links: Links;
  readonly wheel: WheelIndex;
  readonly sink: DeadlineSink;
  readonly recorder: TimerRecorder;
  readonly transactions: TransactionsRecorder;
  readonly logger: Logger;
}

export class DeadlineRole {
  private readonly transactions: ShardTransactions;
  private readonly partitions: LeasedPartitions;
  private readonly switches: QueueSwitches;
  private readonly engine: TimerEngine;

  constructor(ports: DeadlineRolePorts) {
    const { links, wheel, sink, recorder, logger } = ports;
    const { pools, placement, cache } = links;
    this.transactions = new ShardTransactions(pools, ports.transactions);
    this.partitions = new LeasedPartitions({
      ...{ pools: pools.all, group: GROUP, recorder },
      partitionsOf: (node) => placement.userShardsOf(node),
      engines: () => [this.engine],
    });
    const store = new OrderDeadlineStore({
      ...{ placement, sink, transactions: this.transactions, cache: new OrderCache(cache) },
      repository: new DeadlineRepository(pools, placement),
      onFailed: (orderIds, error) =>
        logger.error('orders cannot be ended by their deadlines; they are tried again', {
          ...{ orders: orderIds.length, orderIds: orderIds.slice(0, ORDERS_SHOWN), error },
        }),
    });
    this.switches = new QueueSwitches({
      ...{ pools: pools.all, queues: [ORDER_DEADLINE_QUEUE], group: GROUP, recorder },
      onChange: () => this.engine.wake(),
    });
    this.engine = new TimerEngine({
      ...{ store, index: wheel, ownership: this.partitions, recorder },
      mayFire: (node) => this.switches.mayFire(ORDER_DEADLINE_QUEUE, node),
    });
  }

  /** Waits for no server: what is away is tried again by itself. */
  start(): void {
    this.switches.start();
    this.partitions.start();
    this.engine.start();
  }

  /** Claims nothing more, ends what was claimed, and gives the shards to the other workers. */
  async stop(): Promise<void> {
    await this.engine.stop();
    await this.transactions.drain();
    await Promise.all([this.partitions.stop(), this.switches.stop()]);
  }
}
