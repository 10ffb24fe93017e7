/**
 * A promise that was broken so far that something is owed: the delivery side says so once per order, the centre grants. No inbox, because a grant
 * is once per order and rule whoever asks and however often. A refusal (no such rule, the budget is spent) is final and logged.
 */
import { EventConsumer, prefetchFor, spaced } from '@ordo/broadcast';
import type { CloudEvent } from '@ordo/contracts';
import { Refusal } from '@ordo/kernel';
import type { Logger, OrdoConfig } from '@ordo/platform';
import type { CompensationBook } from './compensation-book.js';
import type { CompensationFacts } from './compensation-rule.js';

/** In `topology/ordo.delivery.yaml`. */
export const LATENESS_QUEUE = 'ordo.delivery.aftersale.compensation';
const LATE = 'ordo.delivery.late.v1';
/** One transaction; a tenth of all orders are late. */
const LOAD = { handlerMs: 20, instances: 1, peakPerSecond: 100 };

export interface LatenessEventsOptions {
  readonly config: Pick<OrdoConfig, 'amqpUrl' | 'space'>;
  readonly book: Pick<CompensationBook, 'grantFor'>;
  readonly logger: Logger;
}

export function latenessEvents({ config, book, logger }: LatenessEventsOptions): EventConsumer {
  return new EventConsumer({
    ...{ url: config.amqpUrl, queue: spaced(config.space, LATENESS_QUEUE), prefetch: prefetchFor(LOAD) },
    logger: {
      info: (facts, message) => logger.info(message, { ...facts }),
      warn: (facts, message) => logger.warn(message, { ...facts }),
      error: (facts, message) => logger.error(message, { ...facts }),
    },
    handler: (event) => grantLateness(event, book, logger),
  });
}

/** Throws what a Transient of the book says, so that the event comes again. */
export async function grantLateness(
  event: CloudEvent,
  book: Pick<CompensationBook, 'grantFor'>,
  logger: Logger,
): Promise<void> {
  if (event.type !== LATE) return;
  const { subject: orderId, userid: userId, merchantid: merchantId, biztype: bizType, time, data } = event;
  const currency = String(data['currency']);
  const order = { orderId, userId, merchantId, bizType, currency };
  try {
    await book.grantFor(order, String(data['rule']), factsOf(data, Date.parse(time)));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    logger.warn('a late delivery is granted nothing', { orderId, eventId: event.id, code: error.code });
  }
}

function factsOf(data: CloudEvent['data'], occurredAtMs: number): CompensationFacts {
  const { city, ruleVersion, minutesLate } = data;
  return {
    ...{ occurredAtMs, measures: { minutesLate: Number(minutesLate) } },
    ...(typeof city === 'string' ? { city } : {}),
    ...(typeof ruleVersion === 'number' ? { ruleVersion } : {}),
  };
}
