/**
 * A consumer that dies in the middle of a handler: after its effect was written and before it was committed, with others in hand. A process
 * of its own, because only a killed process is killed. `ORDO_DYING_CONSUMER` says how.
 */
import { EventConsumer, type EventHandler, MysqlInbox, mysqlTransactions, once } from '@ordo/broadcast';
import { createPool, type PoolConnection } from 'mysql2/promise';
import { DYING_VARIABLE, type DyingSettings } from './dying-settings.js';

const { url, mysqlUrl, queue, schema, diesAt } = JSON.parse(process.env[DYING_VARIABLE] ?? '') as DyingSettings;
const pool = createPool({ uri: mysqlUrl, connectionLimit: 10 });
let effects = 0;

const handler = once<PoolConnection>(
  { consumer: 'dying', transactions: mysqlTransactions(pool), inbox: new MysqlInbox(`${schema}.inbox`) },
  {
    'order.paid': async (tx, event) => {
      await tx.query(`INSERT INTO ${schema}.effect (event_id) VALUES ('${event.id}')`);
      effects += 1;
      if (effects === diesAt) process.kill(process.pid, 'SIGKILL');
    },
  },
);
/** Noted outside of the transaction, so that a delivery that died is counted too. */
const noted: EventHandler = async (event, context) => {
  await pool.query(`INSERT INTO ${schema}.delivery (event_id) VALUES ('${event.id}')`);
  await handler(event, context);
};
const consumer = new EventConsumer({ url, queue, prefetch: 10, handler: noted, deliveryLimit: 50 });
await consumer.start();
process.once('SIGTERM', () => {
  void consumer
    .stop()
    .then(() => pool.end())
    .then(() => process.exit(0));
});
