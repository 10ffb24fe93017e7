import { loadConfig, ordoVariables } from '@ordo/configuration';
import { NodePools, Placement } from '@ordo/sharding';

export interface Nodes {
  readonly urls: readonly string[];
  readonly placement: Placement;
}

/** The MySQL nodes of the environment; throws ConfigurationError when there are none. */
export function nodesOfEnvironment(): Nodes {
  const { mysqlNodes } = loadConfig({ mysqlNodes: ordoVariables.mysqlNodes });
  return { urls: mysqlNodes, placement: new Placement(mysqlNodes.length) };
}

/** Lends pools to `work` and closes them, so that the process can end. */
export async function withPools<T>(work: (pools: NodePools, placement: Placement) => Promise<T>): Promise<T> {
  const { urls, placement } = nodesOfEnvironment();
  const pools = new NodePools(urls, { connectionLimit: 2 });
  try {
    return await work(pools, placement);
  } finally {
    await pools.close();
  }
}
