/** What is known of a queue: per node its timers, its switch and its owners, and what Redis has of it. A node or a Redis that is away hides nothing else. */
import { type NodePool, type NodePools, type Placement, SHARD_COUNT } from '@ordo/sharding';
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
import { ORDER_DEADLINE_QUEUE, type QueueDepth, readDepth, readQueuesOfTable } from './queue-depth.repository.js';

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
  readonly queue: string;
  readonly nodes: readonly (QueueOnNode | AwayNode)[];
  readonly index: IndexView | { readonly error: unknown };
}

export interface TimerServers {
  readonly pools: NodePools;
  readonly placement: Placement;
  readonly redis: TimersRedis | undefined;
}

type NodeFacts = { readonly switches: readonly QueueSwitch[]; readonly queues: readonly string[] } | AwayNode;

/** All queues that a process has announced, that have a timer, or that orders have. */
export async function readQueues({ pools }: Pick<TimerServers, 'pools'>): Promise<string[]> {
  const nodes = await Promise.all(pools.all.map(factsOf));
  const found = nodes.flatMap((facts) =>
    'error' in facts ? [] : [...facts.switches.map(({ queue }) => queue), ...facts.queues],
  );
  return [...new Set([ORDER_DEADLINE_QUEUE, ...found])].sort();
}

export async function readQueue(servers: TimerServers, queue: string): Promise<QueueView> {
  const cluster = await readCluster(servers.pools);
  const nodes = await Promise.all(servers.pools.all.map((pool, at) => readQueueOn(pool, servers, queue, cluster[at])));
  return { queue, nodes, index: await readIndex(servers, queue) };
}

async function factsOf(pool: NodePool): Promise<NodeFacts> {
  try {
    const [switches, queues] = await Promise.all([new QueueSwitchRepository(pool).read(), readQueuesOfTable(pool)]);
    return { switches, queues };
  } catch (error) {
    return { node: pool.name, error };
  }
}

async function readQueueOn(
  pool: NodePool,
  { pools, placement }: TimerServers,
  queue: string,
  cluster: ClusterNode | AwayNode | undefined,
): Promise<QueueOnNode | AwayNode> {
  if (cluster === undefined || 'error' in cluster) return { node: pool.name, error: cluster?.error };
  try {
    const [[position], depth] = await Promise.all([
      new QueueSwitchRepository(pool).read([queue]),
      readDepth(pool, placement, queue),
    ]);
    const group = position?.group ?? undefined;
    const leases = cluster.leases.filter(({ name, slot }) => name === group && slot >= 0);
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
