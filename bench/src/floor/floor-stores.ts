/**
 * What the floor stands on: a mysql2 pool per node with the driver's usual settings, a confirm channel to a quorum queue, and an outbox
 * of its own (the same table in another schema), because the relay of the app would carry off rows in the real one.
 */
import amqp, { type ChannelModel, type ConfirmChannel } from 'amqplib';
import mysql, { type Connection, type Pool, type PoolConnection } from 'mysql2/promise';

export const FLOOR_OUTBOX = 'floor_node.outbox';
const EXCHANGE = 'floor.order';
const QUEUE = 'floor.order.archive';
/** As the queues of the app (topology/): bounded, the oldest dropped. */
const QUEUE_ARGUMENTS = {
  'x-queue-type': 'quorum',
  'x-max-length': 10_000,
  'x-overflow': 'drop-head',
  'x-delivery-limit': 16,
};

export class FloorStores {
  private constructor(
    readonly pools: readonly Pool[],
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {}

  static async open(environment: NodeJS.ProcessEnv, connectionsPerNode: number): Promise<FloorStores> {
    const urls = (environment['ORDO_MYSQL_NODES'] ?? '').split(',');
    const pools = urls.map((uri) =>
      mysql.createPool({ uri, connectionLimit: connectionsPerNode, dateStrings: true, timezone: 'Z' }),
    );
    for (const pool of pools) {
      await pool.query('CREATE DATABASE IF NOT EXISTS floor_node');
      await pool.query(`CREATE TABLE IF NOT EXISTS ${FLOOR_OUTBOX} LIKE ordo_node.outbox`);
      await pool.query(`TRUNCATE TABLE ${FLOOR_OUTBOX}`);
    }
    const connection = await amqp.connect(environment['ORDO_AMQP_URL'] ?? '');
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange(EXCHANGE, 'topic', { durable: true });
    await channel.assertQueue(QUEUE, { durable: true, arguments: QUEUE_ARGUMENTS });
    await channel.bindQueue(QUEUE, EXCHANGE, '#');
    return new FloorStores(pools, connection, channel);
  }

  /** As `Placement`: the merchant shard of a number lies on another node than the user shard of that number. */
  userPool(userId: bigint): Pool {
    return this.poolAt(Number(userId % 120n));
  }

  merchantPool(merchantId: bigint): Pool {
    return this.poolAt(Number(merchantId % 120n) + 1);
  }

  /** Resolves when the broker has the message on disk. */
  publish(routingKey: string, messageId: string, body: string): Promise<void> {
    const options = { persistent: true, mandatory: true, contentType: 'application/cloudevents+json', messageId };
    return new Promise((resolve, reject) => {
      this.channel.publish(EXCHANGE, routingKey, Buffer.from(body), options, (error) =>
        error ? reject(error as Error) : resolve(),
      );
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
    for (const pool of this.pools) await pool.end();
  }

  private poolAt(index: number): Pool {
    return this.pools[index % this.pools.length] as Pool;
  }
}

/** One transaction on one connection of `pool`. */
export async function inTransaction<Value>(
  pool: Pool,
  work: (connection: Connection) => Promise<Value>,
): Promise<Value> {
  const connection: PoolConnection = await pool.getConnection();
  try {
    await connection.beginTransaction();
    const value = await work(connection);
    await connection.commit();
    return value;
  } catch (error) {
    await connection.rollback();
    throw error;
  } finally {
    connection.release();
  }
}
