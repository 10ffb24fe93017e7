/**
 * A virtual host and a space belong to one environment, and the broker itself keeps the book: an exchange that nobody publishes to, whose
 * alternate exchange is the name of the environment. Its settings cannot change, and AMQP tells whoever declares it otherwise what they
 * are: so the second environment is turned away before it declares, publishes or consumes anything. No plug-in, no second store.
 */
import type { ChannelModel } from 'amqplib';
import { isRefusal, NOT_FOUND, openChannel } from './declaration.js';
import { spaced } from './space.rules.js';
import { ForeignEnvironment } from './topology.errors.js';

const CLAIM = 'ordo.environment';

export function claimOf(space: string): string {
  return spaced(space, CLAIM);
}

/** Claims the space for `environment`; safe to repeat. Throws {@link ForeignEnvironment} when it is another's. */
export async function claimEnvironment(connection: ChannelModel, space: string, environment: string): Promise<void> {
  const name = claimOf(space);
  const channel = await openChannel(connection);
  try {
    await channel.assertExchange(name, 'fanout', { durable: true, internal: true, alternateExchange: environment });
  } catch (cause) {
    if (!isRefusal(cause)) throw cause;
    const owner = /current is (?:the value )?'([^']*)'/.exec(cause.message)?.[1] ?? 'somebody';
    throw new ForeignEnvironment(space, environment, owner);
  }
  await channel.close();
}

/** The same question without an answer of ours: whether the space is claimed for `environment`, by another, or by nobody. */
export async function inspectClaim(
  connection: ChannelModel,
  space: string,
  environment: string,
): Promise<'ours' | 'unclaimed' | ForeignEnvironment> {
  const channel = await openChannel(connection);
  try {
    await channel.checkExchange(claimOf(space));
    await channel.close();
    await claimEnvironment(connection, space, environment);
    return 'ours';
  } catch (cause) {
    if (cause instanceof ForeignEnvironment) return cause;
    if (isRefusal(cause) && cause.code === NOT_FOUND) return 'unclaimed';
    throw cause;
  }
}
