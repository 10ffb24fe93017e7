/**
 * What earlier specs left in the queues of an app that did not run beside them: thousands of orders of strangers, which it would work off
 * before it comes to those of the case.
 */
import { testStack } from '@ordo/testing';
import { connect } from 'amqplib';

const NOT_FOUND = 404;

/** Empties these queues, for a stage whose apps have not started; one that was never declared has nothing in it. */
export async function forgetBacklog(...queues: readonly string[]): Promise<void> {
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
