import { applyTopology, inspectTopology, loadTopology, topologyDirectory } from '@ordo/broadcast';
import { loadConfig, ordoVariables } from '@ordo/configuration';
import type { Command } from 'commander';
import { brokerOf, type ClusterChoice, withCluster } from '../terminal/broker-cluster.js';
import { print } from '../terminal/print.js';
import { driftLines, planLines, registryLines } from './topology-report.js';

const DRIFTED = 2;

interface Place {
  readonly files?: string;
}

type BrokerPlace = Place & ClusterChoice;

/** `topology check | plan | diff | apply`: the files, and what a broker makes of them. Only `apply` changes anything, and never what exists. */
export function registerTopology(program: Command): void {
  const topology = program.command('topology').description('exchanges, queues and bindings of topology/*.yaml');
  const withFiles = (name: string, description: string): Command =>
    topology
      .command(name)
      .description(description)
      .option('--files <directory>', 'folder of topology files (default: topology/)');
  withFiles('check', 'check the files and print the registry; asks no server').action((place: Place) => {
    registryLines(readFiles(place, loadConfig({ space: ordoVariables.space }).space)).forEach(print);
  });
  withCluster(withFiles('plan', 'what apply would find and do; changes nothing')).action(async (place: BrokerPlace) => {
    planLines(await inspect(place)).forEach(print);
  });
  withCluster(withFiles('diff', 'only what is not as the files say; exit code 2 if anything is not')).action(
    async (place: BrokerPlace) => {
      const lines = driftLines(await inspect(place));
      lines.forEach(print);
      if (lines.length > 0) process.exitCode = DRIFTED;
      else print('the broker is as the files say, as far as AMQP can tell (bindings cannot be listed)');
    },
  );
  withCluster(withFiles('apply', 'declare what is missing; what differs is reported and left alone')).action(
    async (place: BrokerPlace) => {
      const { amqpUrl, space, environment } = brokerOf(place);
      await applyTopology(amqpUrl, readFiles(place, space), { environment });
      print('declared: exchanges, queues and bindings are as the files say');
    },
  );
}

const readFiles = ({ files }: Place, space: string) => loadTopology(files ?? topologyDirectory(), { space });

async function inspect(place: BrokerPlace) {
  const { amqpUrl, space, environment } = brokerOf(place);
  return inspectTopology(amqpUrl, readFiles(place, space), environment);
}
