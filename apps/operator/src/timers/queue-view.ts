/** What is known of a queue: per node its timers, its switch and its owners, and what Redis has of it. A node or a Redis that is away hides nothing else. */
import { NODE_SCHEMA, type NodePool, type NodePools, type Placement, SHARD_COUNT } from '@ordo/sharding';
import {
  PARTITION_COUNT,
  type PartitionSurvey,
  partitionsOfNode,
  type QueueSwitch,
  QueueSwitchRepository,
  type TimersRedis,
  WheelSurvey,
} from '@ordo/timers';
import { type ClusterLease, type ClusterNode, readCluster } from '../cluster/cluster-rows.repository.js';
import { nodeSchemas } from '../terminal/node-schemas.js';
import {
  ORDER_DEADLINE_QUEUE,
  type QueueDepth,
  type QueueHome,
  readDepth,
  readQueuesOfTable,
} from './queue-depth.repository.js';

export interface QueueOnNode {
  readonly node: string;
  readonly depth: QueueDepth;
  /** undefined: no process has ever fired the queue here. */
  readonly position: QueueSwitch | undefined;
  /** The leases of its partitions here; undefined where nobody announced whose they are. */
  readonly leases: readonly ClusterLease[] | undefined;
  /** How many partitions of the queue live here. */
  readonly partitions: number;
}

export interface AwayNode {
  readonly node: string;
  readonly error: unknown;
}

export interface IndexView {
  /** How many the queue has. */
  readonly partitions: number;
  readonly surveys: readonly PartitionSurvey[];
}

export interface QueueView {
  readonly home: QueueHome;
  readonly nodes: readonly (QueueOnNode | AwayNode)[];
  readonly index: IndexView | { readonly error: unknown };
}

export interface TimerServers {
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly redis: TimersRedis | undefined;
}

/** All queues that a process has announced, that have a timer, or that orders have. A name belongs to one app. */
export async function readQueues({ pools }: Pick<TimerServers, 'pools'>): Promise<QueueHome[]> {
  const found = await Promise.all(
    pools.all.flatMap((pool) => nodeSchemas.map((schema) => queuesIn(pool, schema).catch(() => []))),
  );
  const homes = new Map([[ORDER_DEADLINE_QUEUE, NODE_SCHEMA]]);
  for (const { queue, schema } of found.flat()) homes.set(queue, schema);
  return [...homes].map(([queue, schema]) => ({ queue, schema })).sort((a, b) => (a.queue < b.queue ? -1 : 1));
}

/** The home of a queue; one that nobody knows is looked for with the order app. */
export async function readHome(servers: Pick<TimerServers, 'pools'>, queue: string): Promise<QueueHome> {
  const known = await readQueues(servers);
  return known.find((each) => each.queue === queue) ?? { queue, schema: NODE_SCHEMA };
}

export async function readQueue(servers: TimerServers, home: QueueHome): Promise<QueueView> {
  const cluster = await readCluster(servers.pools);
  const nodes = await Promise.all(servers.pools.all.map((pool, at) => readQueueOn(pool, servers, home, cluster[at])));
  return { home, nodes, index: await readIndex(servers, home.queue) };
}

async function queuesIn(pool: NodePool, schema: string): Promise<QueueHome[]> {
  const [switches, queues] = await Promise.all([
    new QueueSwitchRepository(pool, schema).read(),
    readQueuesOfTable(pool, schema),
  ]);
  return [...switches.map(({ queue }) => queue), ...queues].map((queue) => ({ queue, schema }));
}

async function readQueueOn(
  pool: NodePool,
  { pools, placement }: TimerServers,
  home: QueueHome,
  cluster: ClusterNode | AwayNode | undefined,
): Promise<QueueOnNode | AwayNode> {
  if (cluster === undefined || 'error' in cluster) return { node: pool.name, error: cluster?.error };
  const { queue, schema } = home;
  try {
    const [[position], depth] = await Promise.all([
      new QueueSwitchRepository(pool, schema).read([queue]),
      readDepth(pool, placement, home),
    ]);
    const group = position?.group ?? undefined;
    const leases = cluster.leases.filter((lease) => lease.schema === schema && lease.name === group && lease.slot >= 0);
    return {
      ...{ node: pool.name, depth, position, leases: group === undefined ? undefined : leases },
      partitions:
        queue === ORDER_DEADLINE_QUEUE
          ? placement.userShardsOf(pool.index).length
          : partitionsOfNode(pool.index, pools.all.length),
    };
  } catch (error) {
    return { node: pool.name, error };
  }
}

async function readIndex({ redis }: TimerServers, queue: string): Promise<QueueView['index']> {
  if (redis === undefined) return { error: new Error('ORDO_REDIS_TIMERS_URL is not set') };
  const survey = new WheelSurvey(redis, queue);
  const partitions = queue === ORDER_DEADLINE_QUEUE ? SHARD_COUNT : PARTITION_COUNT;
  const surveys: PartitionSurvey[] = [];
  try {
    // One after the other: a queue of millions must not fill Redis's pipe in one turn.
    for (let partition = 0; partition < partitions; partition += 1) {
      const found = await survey.partition(partition);
      if (found !== undefined) surveys.push(found);
    }
    return { partitions, surveys };
  } catch (error) {
    return { error };
  }
}
