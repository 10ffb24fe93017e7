/**
 * What the broker says of a topology, without changing it. AMQP alone can tell whether an exchange or queue exists (a passive
 * declaration), which of its settings differs (an active declaration of what exists is refused with 406 and names the first one), and
 * how many messages and consumers a queue has. It cannot list bindings, nor queues that no file names: that takes the management
 * plug-in, which the house does not require.
 */
import type { Channel, ChannelModel } from 'amqplib';
import { onOwnConnection } from '../connection/own-connection.js';
import {
  type Declared,
  declarationsOf,
  declare,
  isRefusal,
  NOT_FOUND,
  openChannel,
  refusalText,
} from './declaration.js';
import { inspectClaim } from './environment-claim.js';
import type { ForeignEnvironment } from './topology.errors.js';
import type { Topology } from './topology.js';

/** `unseen`: a binding, which AMQP cannot ask for. */
export type Standing = 'missing' | 'same' | 'differs' | 'unseen';

export interface Finding {
  readonly declared: Declared;
  readonly standing: Standing;
  /** Of `differs`: the first setting that does, in the broker's words. */
  readonly difference?: string;
  /** Of queues that exist. */
  readonly messages?: number;
  readonly consumers?: number;
}

export interface Inspection {
  readonly claim: 'ours' | 'unclaimed' | ForeignEnvironment;
  readonly findings: readonly Finding[];
}

/**
 * One finding per declaration, in their order. Creates nothing; only a queue that is deleted between two questions would be made again,
 * as the file says. Throws Transient `BROKER_UNAVAILABLE` if the broker is away.
 */
export async function inspectTopology(
  target: string | ChannelModel,
  topology: Topology,
  environment: string,
): Promise<Inspection> {
  const work = async (connection: ChannelModel): Promise<Inspection> => ({
    claim: await inspectClaim(connection, topology.space, environment),
    findings: await inspectAll(connection, topology),
  });
  if (typeof target !== 'string') return work(target);
  return onOwnConnection({ url: target, what: 'comparing the topology' }, work);
}

async function inspectAll(connection: ChannelModel, topology: Topology): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const declared of declarationsOf(topology)) findings.push(await inspect(connection, declared));
  return findings;
}

async function inspect(connection: ChannelModel, declared: Declared): Promise<Finding> {
  if (declared.kind === 'binding') return { declared, standing: 'unseen' };
  const channel = await openChannel(connection); // one each, because a refusal closes it
  try {
    const seen = await exists(channel, declared);
    await declare(channel, declared);
    await channel.close();
    return { declared, standing: 'same', ...seen };
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    if (cause.code === NOT_FOUND) return { declared, standing: 'missing' };
    return { declared, standing: 'differs', difference: refusalText(cause) };
  }
}

async function exists(channel: Channel, { kind, name }: Declared): Promise<Pick<Finding, 'messages' | 'consumers'>> {
  if (kind === 'exchange') {
    await channel.checkExchange(name);
    return {};
  }
  const { messageCount, consumerCount } = await channel.checkQueue(name);
  return { messages: messageCount, consumers: consumerCount };
}
