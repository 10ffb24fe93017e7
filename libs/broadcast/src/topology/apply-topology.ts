import type { ChannelModel } from 'amqplib';
import { onOwnConnection } from '../connection/own-connection.js';
import { type Declared, declarationsOf, declare, isRefusal, openChannel } from './declaration.js';
import { claimEnvironment } from './environment-claim.js';
import { planQueues } from './queue-plan.rules.js';
import { ForeignEnvironment, TopologyMismatch } from './topology.errors.js';
import type { Topology } from './topology.js';

export interface ApplyTopologyOptions {
  /** Claims the topology's space for this environment first. Default: no claim, for consumers that only join. */
  readonly environment?: string;
}

/**
 * Declares exchanges, queues and bindings on the broker; safe to repeat. Existing ones with other settings are never changed:
 * throws {@link TopologyMismatch} that names each and, in the broker's words, what differs, after everything else was declared.
 * Throws {@link ForeignEnvironment} before anything is declared when the space belongs to another environment, and Transient
 * `BROKER_UNAVAILABLE` if the broker is away. Bindings that the files no longer name are not removed: AMQP cannot list them.
 */
export async function applyTopology(
  target: string | ChannelModel,
  topology: Topology,
  { environment }: ApplyTopologyOptions = {},
): Promise<void> {
  const work = async (connection: ChannelModel): Promise<void> => {
    if (environment !== undefined) await claimEnvironment(connection, topology.space, environment);
    await declareAll(connection, topology);
  };
  if (typeof target !== 'string') await work(target);
  else await onOwnConnection({ url: target, what: 'declaring the topology', passes: isAnswer }, work);
}

/**
 * Deletes the topology's queues, with their retry and dead-letter queues and whatever is in them; its exchanges stay. For queues that
 * live no longer than a demonstration or a test. Safe to repeat. Throws Transient `BROKER_UNAVAILABLE` if the broker is away.
 */
export async function withdrawQueues(url: string, { queues }: Topology): Promise<void> {
  await onOwnConnection({ url, what: 'withdrawing queues' }, async (connection) => {
    const channel = await openChannel(connection);
    for (const { name } of queues.flatMap(planQueues)) await channel.deleteQueue(name);
    await channel.close();
  });
}

const isAnswer = (cause: unknown): boolean => cause instanceof TopologyMismatch || cause instanceof ForeignEnvironment;

async function declareAll(connection: ChannelModel, topology: Topology): Promise<void> {
  const problems: string[] = [];
  let channel = await openChannel(connection);
  for (const declared of declarationsOf(topology)) {
    try {
      await declare(channel, declared);
    } catch (cause) {
      if (!isRefusal(cause)) throw cause;
      problems.push(`${describe(declared)}: ${cause.message}`);
      channel = await openChannel(connection); // the refusal closed the other
    }
  }
  await channel.close();
  if (problems.length > 0) throw new TopologyMismatch(problems);
}

function describe(declared: Declared): string {
  return declared.kind === 'binding' ? `${declared.name} (binding ${declared.routingKey})` : declared.name;
}
