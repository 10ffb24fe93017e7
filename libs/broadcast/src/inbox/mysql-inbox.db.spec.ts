/** The Inbox contract on the real database, with CLIENT_FOUND_ROWS on and off, and with an EventConsumer above it. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { invariant, Transient } from '@ordo/kernel';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { EventConsumer } from '../consumer/event-consumer.js';
import { BroadcastPublisher } from '../publisher/broadcast-publisher.js';
import { RehearsalBroker, until } from '../rehearsal/rehearsal-broker.js';
import { type InboxHarness, type InboxTransaction, inboxContract } from './inbox.contract.js';
import { MysqlInbox } from './mysql-inbox.repository.js';

const schema = `rehearsal_inbox_${randomBytes(5).toString('hex')}`;
const inbox = new MysqlInbox(`${schema}.inbox`);

function mysqlUrl(): string {
  const url = process.env.ORDO_MYSQL_NODES?.split(',')[0];
  invariant(
    url,
    'ORDO_MYSQL_NODES is not set: run `npm test`, or start the stack and take it from .stack/test/env.json',
  );
  return url;
}

function connectMysql(flags: string[]): Promise<Connection> {
  return createConnection({ uri: mysqlUrl(), flags });
}

class Harness implements InboxHarness {
  readonly inbox = inbox;
  readonly open: Connection[] = [];

  constructor(
    private readonly flags: string[],
    private readonly reader: Connection,
  ) {}

  async begin(): Promise<InboxTransaction> {
    const connection = await connectMysql(this.flags);
    this.open.push(connection);
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
    await connection.beginTransaction();
    return {
      connection: { query: (sql) => connection.query(sql) },
      writeEffect: async (name) => {
        await connection.query(`INSERT INTO ${schema}.effect (name) VALUES (?)`, [name]);
      },
      commit: () => connection.commit(),
      rollback: () => connection.rollback(),
    };
  }

  async committedEffects(name: string): Promise<number> {
    const [rows] = await this.reader.query<RowDataPacket[]>(
      `SELECT COUNT(*) AS found FROM ${schema}.effect WHERE name = ?`,
      [name],
    );
    return Number(rows[0]?.found);
  }

  uniqueName(): string {
    return `event-${randomBytes(8).toString('hex')}`;
  }
}

describe('MysqlInbox', () => {
  let reader: Connection;

  beforeAll(async () => {
    reader = await connectMysql([]);
    await reader.query(`CREATE DATABASE ${schema}`);
    await reader.query(
      `CREATE TABLE ${schema}.inbox (consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
         event_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL, handled_at DATETIME(3) NOT NULL,
         PRIMARY KEY (consumer, event_id)) ENGINE=InnoDB`,
    );
    await reader.query(
      `CREATE TABLE ${schema}.effect (id BIGINT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(64) NOT NULL) ENGINE=InnoDB`,
    );
  });

  afterAll(async () => {
    await reader.query(`DROP DATABASE ${schema}`);
    await reader.end();
  });

  for (const flags of [['FOUND_ROWS'], ['-FOUND_ROWS']]) {
    describe(`with the connection flag ${flags[0]}`, () => {
      for (const { name, run } of inboxContract) {
        it(name, async () => {
          const harness = new Harness(flags, reader);
          await run(harness);
          await Promise.all(harness.open.map((connection) => connection.end()));
        });
      }
    });
  }

  it('calls a lock wait that ran out transient, so that the event comes again', async () => {
    const harness = new Harness([], reader);
    const [holder, waiter] = [await harness.begin(), await harness.begin()];
    const event = harness.uniqueName();
    await inbox.once(holder.connection, 'consumer-a', event, async () => {});
    await waiter.connection.query('SET SESSION innodb_lock_wait_timeout = 1');
    const failure = inbox.once(waiter.connection, 'consumer-a', event, async () => {});
    await expect(failure).rejects.toBeInstanceOf(Transient);
    await Promise.all([holder.rollback(), waiter.rollback()]);
    await Promise.all(harness.open.map((connection) => connection.end()));
  });

  it('makes one effect of an event that is published five times, two consumers racing for it', async () => {
    const broker = await RehearsalBroker.open();
    const publisher = new BroadcastPublisher({ url: broker.url });
    await publisher.connect();
    const harness = new Harness(['-FOUND_ROWS'], reader);
    const marker = harness.uniqueName();
    const consumers = [1, 2].map(
      () =>
        new EventConsumer({
          url: broker.url,
          queue: broker.queue.name,
          prefetch: 5,
          handler: async (event) => {
            const tx = await harness.begin();
            await inbox.once(tx.connection, marker, event.id, () => tx.writeEffect(`${marker}-${event.subject}`));
            await tx.commit();
          },
        }),
    );
    await Promise.all(consumers.map((consumer) => consumer.start()));
    await publisher.publishWindow(Array.from({ length: 5 }, () => broker.events(4)).flat());
    const handled = () => consumers.reduce((sum, { counts }) => sum + counts.handled, 0);
    await until(() => handled() === 20, 'twenty deliveries to be handled');
    for (const order of [1, 2, 3, 4]) expect(await harness.committedEffects(`${marker}-${order}`)).toBe(1);
    await Promise.all(consumers.map((consumer) => consumer.stop()));
    await Promise.all([publisher.close(), ...harness.open.map((connection) => connection.end())]);
    await broker.close();
  });
});
