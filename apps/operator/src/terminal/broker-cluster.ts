/** Which broker cluster a command speaks to: `--cluster first` (as without it) or `second`, by the names that the broadcast's switch has for them. */

import { type Environment, loadConfig, ordoVariables, required } from '@ordo/configuration';
import { refuse } from '@ordo/contracts';
import { Cluster } from '@ordo/outbox';
import type { Command } from 'commander';

export interface ClusterChoice {
  readonly cluster: string;
}

export interface BrokerCluster {
  readonly amqpUrl: string;
  /** Both clusters carry the same names and the same claim. */
  readonly space: string;
  readonly environment: string;
}

const clusters = Object.values(Cluster);
/** An installation without a second cluster has no address of it, and a command that asks for it has nobody to speak to. */
const addresses = {
  [Cluster.FIRST]: ordoVariables.amqpUrl,
  [Cluster.SECOND]: required(ordoVariables.amqpSecondUrl.name, ordoVariables.amqpUrl.read),
} as const;

export const withCluster = (command: Command): Command =>
  command.option('--cluster <name>', `whose broker: ${clusters.join(' or ')}`, Cluster.FIRST);

/** @throws Refusal INVALID_ARGUMENT for a name that no cluster has; ConfigurationError for one whose address is not set. */
export function brokerOf({ cluster: name }: ClusterChoice, environment?: Environment): BrokerCluster {
  const { space, environment: claim } = ordoVariables;
  return loadConfig({ amqpUrl: addresses[clusterOf(name)], space, environment: claim }, environment);
}

/** @throws Refusal INVALID_ARGUMENT for a name that no cluster has. */
export function clusterOf(name: string): Cluster {
  const cluster = clusters.find((each) => each === name);
  if (cluster !== undefined) return cluster;
  throw refuse('INVALID_ARGUMENT', `there is no cluster "${name}": they are called ${clusters.join(' and ')}`, {
    cluster: name,
  });
}
