/** The role that answers callers: the write path with its leased numbers, and the reads. */

import { CONTROL_NODE, LeasedNumbers, type Links, type ServiceMetrics } from '@ordo/assembly';
import { systemClock } from '@ordo/kernel';
import type { Logger } from '@ordo/platform';
import { ShardTransactions } from '@ordo/sharding';
import { OrderCache } from '../change/order-cache.js';
import type { DeadlineSink } from '../deadlines/deadline-indexer.js';
import { OrderOperations } from '../operations/order-operations.js';
import { BusinessCalendar } from '../payment/business-day.js';
import { ConfirmPaymentHandler } from '../payment/confirm-payment-handler.js';
import { PlaceOrderHandler } from '../placement/place-order-handler.js';
import { MerchantOrdersRepository } from '../reading/merchant-orders.repository.js';
import { OrderLists } from '../reading/order-lists.js';
import { OrderReader } from '../reading/order-reader.js';
import type { ReadLimits } from '../reading/read-limits.js';
import { UserOrdersRepository } from '../reading/user-orders.repository.js';
import { TagOrderHandler } from '../tagging/tag-order-handler.js';
import { TransitionHandler } from '../transition/transition-handler.js';

export interface ApiRole {
  readonly operations: OrderOperations;
  readonly numbers: LeasedNumbers;
  readonly transactions: ShardTransactions;
}

export interface ApiSettings {
  readonly businessTimeZone: string;
  readonly limits: ReadLimits;
  /** Hears the name of a node after a commit there. */
  readonly onCommitted: (node: string) => void;
  /** Hears of every change that may have set a deadline. */
  readonly sink: DeadlineSink;
  /** Lowers the floors of the deadlines that an order may be placed with. */
  readonly shortestDeadlineSeconds: number | undefined;
}

export function assembleApi(links: Links, metrics: ServiceMetrics, logger: Logger, settings: ApiSettings): ApiRole {
  const { pools, placement, cache } = links;
  const { sink } = settings;
  const transactions = new ShardTransactions(pools, metrics.transactions(settings.onCommitted));
  const numbers = new LeasedNumbers(pools.at(CONTROL_NODE), logger);
  const calendar = new BusinessCalendar(settings.businessTimeZone);
  const authority = new UserOrdersRepository(pools, placement);
  const projection = new MerchantOrdersRepository(pools, placement);
  const changes = new OrderCache(cache);
  const operations = new OrderOperations(
    new PlaceOrderHandler(placement, pools, transactions, numbers, sink, systemClock, settings.shortestDeadlineSeconds),
    new ConfirmPaymentHandler(placement, transactions, changes, sink, calendar, systemClock),
    new TransitionHandler(placement, transactions, changes, sink, systemClock),
    new OrderReader(cache, authority, projection),
    new OrderLists(authority, projection, settings.limits),
    new TagOrderHandler(placement, transactions, changes, systemClock),
    () => calendar.dayOf(systemClock.nowMs()),
  );
  return { operations, numbers, transactions };
}
