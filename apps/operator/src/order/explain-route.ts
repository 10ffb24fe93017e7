import { loadConfig, optional, ordoVariables } from '@ordo/configuration';
import { decodeOrderNumber, laneOf, merchantSchema, NUMBER_EPOCH_MS, Placement, userSchema } from '@ordo/sharding';

const NAME_WIDTH = 16;
const MS_PER_SECOND = 1000;

/** What an order number says by itself; the nodes too where ORDO_MYSQL_NODES is set. Asks no server. */
export function explainRoute(orderId: string): readonly string[] {
  const { second, userShard, merchantShard, worker, sequence } = decodeOrderNumber(orderId);
  const placement = placementOfEnvironment();
  const at = (node: number | undefined): string => (node === undefined ? '' : ` on node ${node}`);
  const facts: Readonly<Record<string, string>> = {
    order: orderId,
    'numbered at': new Date(NUMBER_EPOCH_MS + second * MS_PER_SECOND).toISOString(),
    'user shard': `${userShard} (${userSchema(userShard)}${at(placement?.userNode(userShard))}), lane ${laneOf(userShard)}`,
    'merchant shard': `${merchantShard} (${merchantSchema(merchantShard)}${at(placement?.merchantNode(merchantShard))})`,
    worker: String(worker),
    sequence: String(sequence),
  };
  return Object.entries(facts).map(([name, value]) => `${name.padEnd(NAME_WIDTH)} ${value}`);
}

function placementOfEnvironment(): Placement | undefined {
  const { name, read } = ordoVariables.mysqlNodes;
  const { mysqlNodes } = loadConfig({ mysqlNodes: optional(name, read, []) });
  return mysqlNodes.length === 0 ? undefined : new Placement(mysqlNodes.length);
}
