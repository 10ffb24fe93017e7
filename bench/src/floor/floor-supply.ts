/** Orders that are there before the clock starts, written in bulk: placed ones for the transitions, outbox rows for the relay. */
import type { ResultSetHeader } from 'mysql2/promise';
import type { OrderBody } from '../workload/order-bodies.js';
import {
  type FloorOrder,
  floorOrder,
  insertMerchantBase,
  insertMerchantExt,
  insertUserBase,
  insertUserExt,
} from './floor-order.js';
import { insertEvent, insertOutbox, outboxValues, payloadOf } from './floor-placement.js';
import { type FloorStores, inTransaction } from './floor-stores.js';

const PER_TRANSACTION = 100;

/** Each in both dimensions, published long ago. */
export async function supplyPlaced(stores: FloorStores, bodies: readonly OrderBody[]): Promise<FloorOrder[]> {
  const orders = bodies.map(floorOrder);
  await inBatches(orders, async (batch) => {
    for (const pool of stores.pools) {
      await inTransaction(pool, async (connection) => {
        for (const order of batch.filter((each) => stores.userPool(each.userId) === pool)) {
          await connection.query(...insertUserBase(order));
          await connection.query(...insertUserExt(order));
        }
        for (const order of batch.filter((each) => stores.merchantPool(each.merchantId) === pool)) {
          await connection.query(...insertMerchantBase(order));
          await connection.query(...insertMerchantExt(order));
          await connection.query(...insertEvent(order, 'created', 1, 10));
        }
      });
    }
  });
  return orders;
}

export interface WaitingOrder {
  readonly order: FloorOrder;
  readonly outboxId: number;
}

/** Each with its outbox row, not projected and not published. */
export async function supplyBacklog(stores: FloorStores, bodies: readonly OrderBody[]): Promise<WaitingOrder[]> {
  const waiting: WaitingOrder[] = [];
  await inBatches(bodies.map(floorOrder), async (batch) => {
    for (const pool of stores.pools) {
      await inTransaction(pool, async (connection) => {
        for (const order of batch.filter((each) => stores.userPool(each.userId) === pool)) {
          const values = outboxValues(order, 'created', 1, payloadOf(order));
          const [inserted] = await connection.query<ResultSetHeader>(...insertOutbox(values));
          waiting.push({ order, outboxId: inserted.insertId });
        }
      });
    }
  });
  return waiting;
}

async function inBatches<Item>(items: readonly Item[], work: (batch: readonly Item[]) => Promise<void>): Promise<void> {
  for (let next = 0; next < items.length; next += PER_TRANSACTION * 4) {
    const strides = [0, 1, 2, 3].map((stride) => next + stride * PER_TRANSACTION);
    await Promise.all(strides.map((from) => work(items.slice(from, from + PER_TRANSACTION))));
  }
}
