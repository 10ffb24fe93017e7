/** One transition at a time by hand: read and compare-and-set with the outbox row, the projection with its event, publish, forget. */
import type { ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { eventBody, type FloorOrder } from './floor-order.js';
import { forget, insertEvent, insertOutbox, outboxValues, payloadOf } from './floor-placement.js';
import { type FloorStores, inTransaction } from './floor-stores.js';

interface Step {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly version: number;
  readonly timeColumn: string;
}

export const PAY: Step = { name: 'paid', from: 10, to: 20, version: 2, timeColumn: 'paid_at' };
export const ACCEPT: Step = { name: 'accepted', from: 20, to: 30, version: 3, timeColumn: 'accepted_at' };

export async function transitOne(stores: FloorStores, order: FloorOrder, step: Step): Promise<void> {
  const { name, from, to, version, timeColumn } = step;
  const now = new Date();
  const change = `status=${to}, version=${version}, ${timeColumn}=?, deadline_at=?, role=2`;
  const times = [now, new Date(now.getTime() + 480_000)];
  const id = String(order.orderId);
  const outboxId = await inTransaction(stores.userPool(order.userId), async (connection) => {
    const table = `${order.userSchema}.order_base`;
    const [rows] = await connection.query<RowDataPacket[]>(`SELECT * FROM ${table} WHERE order_id=? FOR UPDATE`, [id]);
    if (rows[0]?.['status'] !== from) throw new Error(`order ${id} cannot be ${name}`);
    await connection.query(
      `UPDATE ${table} SET ${change} WHERE order_id=? AND status=${from} AND version=${version - 1}`,
      [...times, id],
    );
    const payload = { ...(payloadOf(order) as object), ext: undefined };
    const [inserted] = await connection.query<ResultSetHeader>(
      ...insertOutbox(outboxValues(order, name, version, payload)),
    );
    return inserted.insertId;
  });
  await inTransaction(stores.merchantPool(order.merchantId), async (connection) => {
    const where = `WHERE order_id=? AND version<${version}`;
    await connection.query(`UPDATE ${order.merchantSchema}.order_base SET ${change} ${where}`, [...times, id]);
    await connection.query(...insertEvent(order, name, version, to));
  });
  await stores.publish(`takeout.${name}`, `${id}-${version}`, eventBody(order, name, version));
  await forget(stores, order, outboxId);
}
