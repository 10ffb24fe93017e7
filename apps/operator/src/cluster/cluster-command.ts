import type { Command } from 'commander';
import { withPools } from '../terminal/nodes.js';
import { print } from '../terminal/print.js';
import { clusterReport } from './cluster-report.js';
import { readCluster } from './cluster-rows.repository.js';

/** `cluster`: who is master, who owns which partitions and worker ids, on every node. Reads only; ends with code 2 when a node is away. */
export function registerCluster(program: Command): void {
  program
    .command('cluster')
    .description('members, masters, owners, epochs and expiries, per node (slot@epoch)')
    .action(async () => {
      const nodes = await withPools((pools) => readCluster(pools));
      clusterReport(nodes).forEach(print);
      if (nodes.some((node) => 'error' in node)) process.exitCode = 2;
    });
}
