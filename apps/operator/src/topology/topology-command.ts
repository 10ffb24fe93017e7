import { applyTopology, inspectTopology, loadTopology, topologyDirectory } from '@ordo/broadcast';
import { loadConfig, ordoVariables } from '@ordo/platform';
import type { Command } from 'commander';
import { print } from '../terminal/print.js';
import { driftLines, planLines, registryLines } from './topology-report.js';

const DRIFTED = 2;

interface Place {
  readonly files?: string;
}

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
  withFiles('plan', 'what apply would find and do; changes nothing').action(async (place: Place) => {
    planLines(await inspect(place)).forEach(print);
  });
  withFiles('diff', 'only what is not as the files say; exit code 2 if anything is not').action(
    async (place: Place) => {
      const lines = driftLines(await inspect(place));
      lines.forEach(print);
      if (lines.length > 0) process.exitCode = DRIFTED;
      else print('the broker is as the files say, as far as AMQP can tell (bindings cannot be listed)');
    },
  );
  withFiles('apply', 'declare what is missing; what differs is reported and left alone').action(
    async (place: Place) => {
      const { amqpUrl, space, environment } = broker();
      await applyTopology(amqpUrl, readFiles(place, space), { environment });
      print('declared: exchanges, queues and bindings are as the files say');
    },
  );
}

const broker = () =>
  loadConfig({
    amqpUrl: ordoVariables.amqpUrl,
    space: ordoVariables.space,
    environment: ordoVariables.environment,
  });

const readFiles = ({ files }: Place, space: string) => loadTopology(files ?? topologyDirectory(), { space });

async function inspect(place: Place) {
  const { amqpUrl, space, environment } = broker();
  return inspectTopology(amqpUrl, readFiles(place, space), environment);
}
