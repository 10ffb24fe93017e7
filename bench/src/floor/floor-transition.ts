/**
 * One transition at a time by hand: read and compare-and-set with the outbox row, the projection with its event, publish, forget. A
 * payment leaves what the app's leaves: its own row, the merchant's daily serial, and that serial at the authority.
 */
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import { eventBody, type FloorOrder } from './floor-order.js';
import { insertEvent, insertOutbox, outboxValues, payloadOf } from './floor-placement.js';
import { FLOOR_OUTBOX, type FloorStores, inTransaction } from './floor-stores.js';

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
    if (step === PAY) await connection.query(...insertPayment(order, now));
    const payload = { ...(payloadOf(order) as object), ext: undefined };
    const [inserted] = await connection.query<ResultSetHeader>(
      ...insertOutbox(outboxValues(order, name, version, payload)),
    );
    return inserted.insertId;
  });
  const serial = await inTransaction(stores.merchantPool(order.merchantId), async (connection) => {
    const where = `WHERE order_id=? AND version<${version}`;
    await connection.query(`UPDATE ${order.merchantSchema}.order_base SET ${change} ${where}`, [...times, id]);
    await connection.query(...insertEvent(order, name, version, to));
    return step === PAY ? takeSerial(connection, order, now) : undefined;
  });
  await stores.publish(`takeout.${name}`, `${id}-${version}`, eventBody(order, name, version));
  await inTransaction(stores.userPool(order.userId), async (connection) => {
    if (serial !== undefined)
      await connection.query(`UPDATE ${order.userSchema}.order_base SET day_serial=? WHERE order_id=?`, [serial, id]);
    await connection.query(`DELETE FROM ${FLOOR_OUTBOX} WHERE lane=? AND state=0 AND id=?`, [order.lane, outboxId]);
  });
}

const insertPayment = (order: FloorOrder, now: Date): [string, unknown[]] => [
  `INSERT INTO ${order.userSchema}.order_payment (order_id, payment_id, kind, paid_amount, paid_at, recorded_at) VALUES (?)`,
  [[String(order.orderId), `pay-${order.orderId}`, 1, order.body.payAmount, now, now]],
];

/** The next number of the merchant's day, written to the order in the merchant's shard. */
async function takeSerial(connection: Connection, order: FloorOrder, now: Date): Promise<number> {
  const table = `${order.merchantSchema}.daily_serial`;
  const key = [String(order.merchantId), now.toISOString().slice(0, 10)];
  await connection.query(
    `INSERT INTO ${table} (merchant_id, business_date, last_serial) VALUES (?, 1) ON DUPLICATE KEY UPDATE last_serial=last_serial+1`,
    [key],
  );
  const [rows] = await connection.query<RowDataPacket[]>(
    `SELECT last_serial FROM ${table} WHERE merchant_id=? AND business_date=?`,
    key,
  );
  const serial = Number(rows[0]?.['last_serial']);
  const update = `UPDATE ${order.merchantSchema}.order_base SET day_serial=? WHERE order_id=?`;
  await connection.query(update, [serial, String(order.orderId)]);
  return serial;
}
