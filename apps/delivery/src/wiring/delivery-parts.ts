/**
 * Deliveries in one process: changes and everything that makes them, for both roles. The timers' runtime is part of both, because both set timers;
 * only a worker fires them.
 */
import {
  CONTROL_NODE,
  LeasedNumbers,
  type Links,
  OrderClient,
  outboxChannel,
  type ServiceMetrics,
} from '@ordo/assembly';
import { systemClock } from '@ordo/kernel';
import { type Logger, type Metrics, TimerMetrics } from '@ordo/platform';
import { ShardTransactions } from '@ordo/sharding';
import { type QueueTask, type Timers, TimersRuntime, type TimerTask } from '@ordo/timers';
import { CarrierDesk } from '../callbacks/carrier-desk.js';
import { ReportHandler } from '../callbacks/report-handler.js';
import { DeliveryChanges } from '../change/delivery-changes.js';
import { DeliveryQueue } from '../change/delivery-queues.js';
import { CommandHandler } from '../commands/command-handler.js';
import { DeliveryDesk } from '../commands/delivery-desk.js';
import { DeliveryRepository } from '../delivery-record/delivery.repository.js';
import { CarrierReportRepository } from '../disputes/carrier-report.repository.js';
import { DisputeDesk } from '../disputes/dispute-desk.js';
import { ErrandTask } from '../errands/errand-task.js';
import { HandOffHandler, type HandOffSettings } from '../hand-off/hand-off-handler.js';
import { OrderEndHandler } from '../hand-off/order-end-handler.js';
import { OrderReceiptHandler } from '../hand-off/order-receipt-handler.js';
import { PushDesk } from '../hand-off/push-desk.js';
import { type PushSettings, PushTask } from '../hand-off/push-task.js';
import { Pusher } from '../hand-off/pusher.js';
import { ContractDesk } from '../merchant-contracts/contract-desk.js';
import { MerchantContractRepository } from '../merchant-contracts/merchant-contract.repository.js';
import { PromiseTokens } from '../promise-answers/promise-token.js';
import { LatenessTask } from '../punctuality/lateness-task.js';
import { ReceiptDesk } from '../receipt/receipt-desk.js';
import { DELIVERY_NODE_SCHEMA } from '../schemas/delivery-schemas.js';
import { WaybillRepository } from '../waybills/waybill.repository.js';
import { WaybillDesk } from '../waybills/waybill-desk.js';
import { DeliveryMetrics } from './delivery-metrics.js';
import type { DeliveryConfig } from './delivery-variables.js';
import { openCarriers } from './open-carriers.js';

/** The name of the app in logs, connections and channels. */
export const APP = 'delivery';
const MS_PER_SECOND = 1_000;

export interface DeliveryParts {
  readonly runtime: TimersRuntime;
  readonly numbers: LeasedNumbers;
  readonly transactions: ShardTransactions;
  readonly orders: OrderClient;
  readonly handOffs: HandOffHandler;
  readonly ends: OrderEndHandler;
  readonly orderReceipts: OrderReceiptHandler;
  readonly deliveries: DeliveryDesk;
  readonly carriers: CarrierDesk;
  readonly disputes: DisputeDesk;
  readonly contracts: ContractDesk;
  readonly waybills: WaybillDesk;
}

export interface DeliverySurroundings {
  readonly config: DeliveryConfig;
  readonly links: Links;
  readonly metrics: Metrics;
  readonly serviceMetrics: ServiceMetrics;
  readonly logger: Logger;
  /** Hears the name of a node after a commit there. */
  readonly onCommitted: (node: string) => void;
}

export function assembleDeliveries(around: DeliverySurroundings): DeliveryParts {
  const { config, links, logger } = around;
  const { pools, placement } = links;
  const [secret] = config.deliverySecrets;
  const metrics = new DeliveryMetrics(around.metrics, logger);
  const transactions = transactionsOf(around);
  const late: { runtime?: TimersRuntime } = {};
  const timers = (): Timers => {
    if (late.runtime === undefined) throw new Error('timers are asked for before they are there');
    return late.runtime.timers;
  };
  const orders = new OrderClient({ address: config.orderGrpcAddress, token: config.serviceToken });
  const carriers = openCarriers(config);
  const deliveries = new DeliveryRepository(pools, placement);
  const waybills = new WaybillRepository(pools, placement);
  const numbers = new LeasedNumbers(pools.at(CONTROL_NODE), logger);
  const changes = new DeliveryChanges(placement, transactions, timers, systemClock);
  const receipts = new ReceiptDesk(deliveries, changes, orders, metrics.behindTimers('a receipt'));
  const reports = new ReportHandler(changes, (orderId) => receipts.soon(orderId));
  const pusher = new Pusher(deliveries, waybills, carriers, reports, systemClock, metrics);
  const pushes = new PushDesk(pusher, metrics.behindTimers('a push'));
  const onCalled = (orderId: string, attempt: number): void => pushes.soon(orderId, attempt);
  const nextNumber: HandOffSettings['nextNumber'] = (user, merchant) => numbers.next(user, merchant);
  const settings = { secret, carrier: carriers.first.name, nextNumber, onCalled };
  const contracts = new MerchantContractRepository(pools.at(CONTROL_NODE));
  const tokens = new PromiseTokens(config.deliverySecrets);
  const handOffs = new HandOffHandler(changes, orders, contracts, tokens, systemClock, settings);
  const alarm: PushSettings = {
    unclaimedAfterMs: config.unclaimedSeconds * MS_PER_SECOND,
    onUnclaimed: (...call) => metrics.unclaimed(...call),
  };
  late.runtime = runtimeOf(around, [
    taskOf(DeliveryQueue.PUSH, new PushTask(pusher, changes, timers, placement, systemClock, alarm)),
    taskOf(DeliveryQueue.ERRAND, new ErrandTask(deliveries, waybills, carriers, metrics)),
    taskOf(DeliveryQueue.RECEIPT, receipts),
    taskOf(DeliveryQueue.LATENESS, new LatenessTask(changes)),
  ]);
  return {
    ...{ runtime: late.runtime, numbers, transactions, orders, handOffs },
    ends: new OrderEndHandler(changes, orders, systemClock, settings),
    orderReceipts: new OrderReceiptHandler(changes, settings),
    deliveries: new DeliveryDesk(
      ...([deliveries, new CommandHandler(changes, secret, onCalled), handOffs, orders, carriers, pusher] as const),
    ),
    carriers: new CarrierDesk(carriers, reports, deliveries, waybills, systemClock),
    contracts: new ContractDesk(contracts),
    waybills: new WaybillDesk(deliveries, waybills),
    disputes: new DisputeDesk(deliveries, new CarrierReportRepository(pools, placement)),
  };
}

function transactionsOf({ links, serviceMetrics, onCommitted }: DeliverySurroundings): ShardTransactions {
  const { pools, nudge } = links;
  const recorder = serviceMetrics.transactions((node) => {
    onCommitted(node);
    nudge.publish(outboxChannel(APP, node));
  });
  return new ShardTransactions(pools, recorder);
}

function runtimeOf(
  { config, links, metrics, logger }: DeliverySurroundings,
  tasks: readonly QueueTask[],
): TimersRuntime {
  return new TimersRuntime(
    {
      ...{ pools: links.pools.all, redisUrl: config.redisTimersUrl, schema: DELIVERY_NODE_SCHEMA },
      ...{ group: 'delivery-timers', recorder: new TimerMetrics(metrics, logger), fires: config.roles.has('worker') },
    },
    tasks,
  );
}

/** The order app is asked at most for some minutes; what a carrier does not hear for hours is for people. */
const taskOf = (queue: string, task: TimerTask): QueueTask => ({ queue, task, retries: { maxAttempts: 20 } });
