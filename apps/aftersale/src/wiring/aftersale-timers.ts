/** The timers of the app and what they do: deadlines, duties towards orders, refunds that begin by themselves, and the steps of the ledger. */
import type { Links } from '@ordo/assembly';
import { type Logger, type Metrics, TimerMetrics } from '@ordo/platform';
import { type QueueTask, TimersRuntime } from '@ordo/timers';
import type { OrderPort } from '../application/order-source.js';
import { AUTOMATIC_REFUNDS, AutomaticRefundTask, automaticRetries } from '../automatic/automatic-refund-task.js';
import { AFTERSALE_NODE_SCHEMA } from '../change/aftersale-address.js';
import { ORDER_DUTIES, REFUND_DEADLINES } from '../change/refund-timers.js';
import type { CompensationPayer } from '../compensation/compensation-payer.js';
import {
  COMPENSATION_STEPS,
  CompensationPartner,
  CompensationSteps,
  compensationStepRetries,
} from '../compensation/compensation-steps.js';
import { ForcedCancellation } from '../compensation/forced-cancellation.js';
import { deadlineRetries, RefundDeadline } from '../decision/refund-deadline.js';
import { OrderDuty, orderDutyRetries } from '../order-duties/order-duty.js';
import type { PaymentChannels } from '../payment-channel/payment-channels.js';
import { RefundPartner } from '../refund-ledger/refund-partner.js';
import { REFUND_STEPS, RefundSteps, refundStepRetries } from '../refund-ledger/refund-steps.js';
import { TransferDriver } from '../transfer/transfer-driver.js';
import { defaultPace } from '../transfer/transfer-pace.rules.js';
import type { AftersaleConfig } from './aftersale-config.js';
import type { AftersaleCore } from './aftersale-core.js';

/** Whose leases say which process fires which partition. */
const GROUP = 'aftersale.timers';

export interface TimerParts {
  readonly core: AftersaleCore;
  readonly channels: PaymentChannels;
  readonly payer: CompensationPayer;
  readonly orders: OrderPort;
  readonly logger: Logger;
}

function tasksOf({ core, channels, payer, orders, logger }: TimerParts): readonly QueueTask[] {
  const { decisions, automatic, reads, book, compensations } = core;
  const forced = new ForcedCancellation(compensations, logger);
  const grants = new TransferDriver(compensations, new CompensationPartner(payer), defaultPace);
  const driver = new TransferDriver(book, new RefundPartner(channels), defaultPace);
  return [
    { queue: REFUND_DEADLINES, retries: deadlineRetries, task: new RefundDeadline(decisions, logger) },
    { queue: ORDER_DUTIES, retries: orderDutyRetries, task: new OrderDuty(orders, reads) },
    { queue: AUTOMATIC_REFUNDS, retries: automaticRetries, task: new AutomaticRefundTask(automatic, forced) },
    { queue: REFUND_STEPS, retries: refundStepRetries, task: new RefundSteps(driver) },
    { queue: COMPENSATION_STEPS, retries: compensationStepRetries, task: new CompensationSteps(grants) },
  ];
}

/** In the role `api` it sets timers and fires none. */
export function openTimers(links: Links, config: AftersaleConfig, metrics: Metrics, parts: TimerParts): TimersRuntime {
  const runtime = new TimersRuntime(
    {
      ...{
        pools: links.pools.all,
        redisUrl: config.redisTimersUrl,
        schema: AFTERSALE_NODE_SCHEMA,
        group: GROUP,
        space: config.space,
      },
      ...{ recorder: new TimerMetrics(metrics, parts.logger), fires: config.roles.has('worker') },
    },
    tasksOf(parts),
  );
  parts.core.knot.tie(runtime.timers);
  return runtime;
}
