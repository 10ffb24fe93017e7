/**
 * What the after-sale app listens to: the end of a paid order, and payments that changed nothing. The effect of an event is one timer, whose
 * key is the event's id: it is set once however often the event comes, and the broker is never made to wait for the order app or a channel.
 */
import { EventConsumer, prefetchFor, spaced } from '@ordo/broadcast';
import { type CloudEvent, type EventOf, eventEntryOf, OrderStatus } from '@ordo/contracts';
import type { Logger, OrdoConfig } from '@ordo/platform';
import type { Timers } from '@ordo/timers';
import type { AftersalePlacement } from '../change/aftersale-address.js';
import { AUTOMATIC_REFUNDS, type AutomaticCause } from './automatic-refund-task.js';
import { GATHERED_MS, GatheredCauses } from './gathered-causes.js';

/** In `topology/ordo.order.yaml`. */
export const QUEUE = 'ordo.order.aftersale.refunds';
/** An insert after what it was gathered for; some of a hundred orders end with money in them. */
const LOAD = { handlerMs: GATHERED_MS + 20, instances: 1, peakPerSecond: 100 };

export interface OrderEventsOptions {
  readonly config: Pick<OrdoConfig, 'amqpUrl' | 'space'>;
  readonly placement: AftersalePlacement;
  readonly timers: () => Pick<Timers, 'scheduleOnce'>;
  readonly logger: Logger;
}

export function orderEvents({ config, placement, timers, logger }: OrderEventsOptions): EventConsumer {
  const gathered = new GatheredCauses((requests, node) => timers().scheduleOnce(requests, node));
  return new EventConsumer({
    ...{ url: config.amqpUrl, queue: spaced(config.space, QUEUE), prefetch: prefetchFor(LOAD) },
    logger: {
      info: (facts, message) => logger.info(message, { ...facts }),
      warn: (facts, message) => logger.warn(message, { ...facts }),
      error: (facts, message) => logger.error(message, { ...facts }),
    },
    handler: async (event) => {
      const cause = causeOf(event);
      if (cause === undefined) return;
      const request = { queue: AUTOMATIC_REFUNDS, key: event.id, dueMs: Date.now(), payload: JSON.stringify(cause) };
      await gathered.note(request, placement.ofNumber(event.subject).node);
    },
  });
}

const INVALIDATED = eventEntryOf('order.invalidated').type;
const PAID_LATE = eventEntryOf('order.late_payment').type;

/** An order that was never paid has nothing to give back. Most ends are of this kind, and they cost no transaction. */
function causeOf(event: CloudEvent): AutomaticCause | undefined {
  if (event.type === PAID_LATE) return latePaymentOf(event as EventOf<'order.late_payment'>);
  const isOfPaid = event.type === INVALIDATED && event.data['previousStatus'] !== OrderStatus.CREATED;
  return isOfPaid ? { kind: 'order-ended', orderId: event.subject } : undefined;
}

function latePaymentOf({
  subject,
  userid,
  merchantid,
  biztype,
  time,
  data,
}: EventOf<'order.late_payment'>): AutomaticCause {
  const { paymentId, paidAmount, paidAt, currency, status } = data;
  return {
    ...{ kind: 'paid-late', orderId: subject, userId: userid, merchantId: merchantid, bizType: biztype },
    ...{ paymentId: String(paymentId), paidAmount: Number(paidAmount), currency: String(currency) },
    paidAtMs: Date.parse(String(paidAt ?? time)),
    isCompleted: status === OrderStatus.COMPLETED,
  };
}
