/**
 * What earlier specs left, and an app that starts would work off before it comes to the orders of the case: events in its queues, deadlines of
 * orders that nobody accepted, steps of the refunds that came of them. After the loads of the fault specs it is thousands of each. For a stage
 * whose apps have not started yet.
 */
import { NodePools, Placement, userSchema } from '@ordo/sharding';
import { testStack } from '@ordo/testing';
import { connect } from 'amqplib';

const NOT_FOUND = 404;
/** Sixty shards in one packet. */
const PATIENT = { deadlineMs: 60_000 } as const;

/** Empties these queues; one that was never declared has nothing in it. */
export async function forgetEvents(...queues: readonly string[]): Promise<void> {
  const connection = await connect(testStack().amqpUrl);
  connection.on('error', () => undefined);
  for (const queue of queues) {
    // One for each: the broker closes the channel on which somebody named a queue that it does not have.
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await channel.purgeQueue(queue).catch((error: { code?: number }) => {
      if (error.code !== NOT_FOUND) throw error;
    });
  }
  await connection.close();
}

/** No order of an earlier spec ends by its deadline any more. */
export function forgetDeadlines(): Promise<void> {
  const placement = new Placement(testStack().mysqlNodes.length);
  const hushed = (shard: number): string =>
    `UPDATE ${userSchema(shard)}.order_base SET deadline_at=NULL WHERE deadline_at IS NOT NULL`;
  return onEachNode((node) => placement.userShardsOf(node).map(hushed).join(';'));
}

/** The timers of an app's table that wait (state 0). */
export function forgetTimers(schema: 'ordo_aftersale_node' | 'ordo_delivery_node'): Promise<void> {
  return onEachNode(() => `DELETE FROM ${schema}.timer WHERE state=0`);
}

async function onEachNode(sqlOf: (node: number) => string): Promise<void> {
  const pools = new NodePools([...testStack().mysqlNodes], { connectionLimit: 1 });
  try {
    await Promise.all(pools.all.map((pool) => pool.query(sqlOf(pool.index), PATIENT)));
  } finally {
    await pools.close();
  }
}
