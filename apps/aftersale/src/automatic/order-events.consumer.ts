/**
 * What the after-sale app listens to: the end of a paid order, and payments that changed nothing. The effect of an event is one timer row, in
 * the transaction of its inbox mark: it happens once, and the broker is never made to wait for the order app or a channel.
 */
import { EventConsumer, type InboxConnection, MysqlInbox, once, prefetchFor, spaced } from '@ordo/broadcast';
import { type CloudEvent, type EventOf, eventEntryOf, OrderStatus } from '@ordo/contracts';
import type { Logger, OrdoConfig } from '@ordo/platform';
import { type NodeConnection, type NodePool, type NodePools, toOrdoError } from '@ordo/sharding';
import type { IndexEntry, Timers } from '@ordo/timers';
import { AFTERSALE_NODE_SCHEMA, type AftersalePlacement } from '../change/aftersale-address.js';
import { AUTOMATIC_REFUNDS, type AutomaticCause } from './automatic-refund-task.js';

/** In `topology/ordo.order.yaml`. */
export const QUEUE = 'ordo.order.aftersale.refunds';
/** For ever: the name of the inbox marks. */
const CONSUMER = 'aftersale.refunds';
/** One insert or two; some of a hundred orders end with money in them. */
const LOAD = { handlerMs: 20, instances: 1, peakPerSecond: 100 };

interface Planned {
  readonly cause: AutomaticCause;
  readonly key: string;
}

export interface OrderEventsOptions {
  readonly config: Pick<OrdoConfig, 'amqpUrl' | 'space'>;
  readonly pools: NodePools;
  readonly placement: AftersalePlacement;
  readonly timers: () => Timers;
  readonly logger: Logger;
}

export function orderEvents(options: OrderEventsOptions): EventConsumer {
  const { config, logger } = options;
  return new EventConsumer({
    ...{ url: config.amqpUrl, queue: spaced(config.space, QUEUE), prefetch: prefetchFor(LOAD) },
    logger: {
      info: (facts, message) => logger.info(message, { ...facts }),
      warn: (facts, message) => logger.warn(message, { ...facts }),
      error: (facts, message) => logger.error(message, { ...facts }),
    },
    handler: async (event, context) => {
      if (isAboutNothing(event)) return;
      const pool = options.pools.at(options.placement.ofNumber(event.subject).node);
      const transactions = { run: <T>(work: (tx: NodeConnection) => Promise<T>) => inTransaction(pool, work) };
      const inbox = new MysqlInbox(`${AFTERSALE_NODE_SCHEMA}.inbox`);
      const entries: IndexEntry[] = [];
      const write = async (tx: InboxConnection, planned: Planned): Promise<void> => {
        entries.push(await setTimer(tx, pool.index, planned, options));
      };
      const handle = once(
        { consumer: CONSUMER, transactions, inbox },
        {
          'order.invalidated': async (tx, event) => {
            await write(tx, { key: event.id, cause: { kind: 'order-ended', orderId: event.subject } });
          },
          'order.late_payment': async (tx, event) => {
            await write(tx, { key: event.id, cause: latePaymentOf(event) });
          },
        },
      );
      await handle(event, context);
      if (entries.length > 0) await options.timers().index(AUTOMATIC_REFUNDS, entries);
    },
  });
}

/** An order that was never paid has nothing to give back. Most ends are of this kind, and they cost no transaction. */
const isAboutNothing = ({ type, data }: CloudEvent): boolean =>
  type === eventEntryOf('order.invalidated').type && data['previousStatus'] === OrderStatus.CREATED;

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

async function setTimer(
  tx: InboxConnection,
  node: number,
  { cause, key }: Planned,
  { timers }: OrderEventsOptions,
): Promise<IndexEntry> {
  const request = { queue: AUTOMATIC_REFUNDS, key, dueMs: Date.now(), payload: JSON.stringify(cause) };
  const { insert, entry } = timers().writer.timerInsert(node, request);
  await tx.query(`${insert.into} VALUES ${insert.row}`);
  return entry;
}

async function inTransaction<T>(pool: NodePool, work: (tx: NodeConnection) => Promise<T>): Promise<T> {
  try {
    return await pool.use(async (connection) => {
      await connection.query('START TRANSACTION');
      const result = await work(connection);
      await connection.query('COMMIT');
      return result;
    });
  } catch (error) {
    throw toOrdoError(error, pool.name);
  }
}
