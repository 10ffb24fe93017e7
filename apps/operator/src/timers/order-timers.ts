/** Everything that is known of one order's deadline: the rows, its place in the index, and who would fire it, if anyone. */
import { decodeOrderNumber, NODE_SCHEMA, type NodePools, type Placement } from '@ordo/sharding';
import { type IndexPlace, type QueueSwitch, QueueSwitchRepository, slotOf, WheelSurvey } from '@ordo/timers';
import { readCluster } from '../cluster/cluster-rows.repository.js';
import { explain } from '../terminal/explain.js';
import { type Answer, type DeadlineRows, readDeadlineRows } from './order-deadline.repository.js';
import { ORDER_DEADLINE_QUEUE } from './queue-depth.repository.js';
import type { TimerServers } from './queue-view.js';

/** Who would fire the deadline: the lease of its shard. */
export interface ShardOwner {
  readonly owner: string;
  readonly epoch: number;
}

export interface Firing {
  readonly position: QueueSwitch | undefined;
  /** undefined: nobody owns the shard. */
  readonly owner: ShardOwner | undefined;
}

export interface OrderTimers {
  readonly orderId: string;
  readonly userShard: number;
  readonly merchantShard: number;
  readonly userNode: string;
  readonly merchantNode: string;
  readonly rows: DeadlineRows;
  readonly place: Answer<{ readonly place: IndexPlace | undefined }>;
  readonly firing: Answer<Firing>;
}

/** Throws Refusal for text that is no order number, and nothing for servers that are away. */
export async function readOrderTimers(
  { pools, placement, redis }: TimerServers,
  orderId: string,
): Promise<OrderTimers> {
  const { userShard, merchantShard } = decodeOrderNumber(orderId);
  const rows = await readDeadlineRows(pools, placement, orderId);
  return {
    ...{ orderId, userShard, merchantShard, rows },
    userNode: pools.at(placement.userNode(userShard)).name,
    merchantNode: pools.at(placement.merchantNode(merchantShard)).name,
    place: await placeOf(redis, userShard, orderId, rows),
    firing: await firingOf(pools, placement, userShard),
  };
}

async function placeOf(
  redis: TimerServers['redis'],
  partition: number,
  orderId: string,
  { order }: DeadlineRows,
): Promise<OrderTimers['place']> {
  const dueMs = 'row' in order ? (order.row?.deadlineMs ?? null) : null;
  if (dueMs === null) return { place: undefined };
  if (redis === undefined) return { problem: 'ORDO_REDIS_TIMERS_URL is not set' };
  try {
    const entry = { id: orderId, slot: slotOf(dueMs) };
    return { place: await new WheelSurvey(redis, ORDER_DEADLINE_QUEUE).find(partition, entry) };
  } catch (error) {
    return { problem: explain(error) };
  }
}

async function firingOf(pools: NodePools, placement: Placement, userShard: number): Promise<OrderTimers['firing']> {
  const node = placement.userNode(userShard);
  try {
    const [position] = await new QueueSwitchRepository(pools.at(node)).read([ORDER_DEADLINE_QUEUE]);
    const cluster = (await readCluster(pools))[node];
    const leases = cluster === undefined || 'error' in cluster ? [] : cluster.leases;
    // The group of a node counts the shards that live there.
    const member = placement.userShardsOf(node).indexOf(userShard);
    const lease = leases.find(({ schema, name, slot, owner, leftMs }) => {
      const isOfShard = schema === NODE_SCHEMA && name === position?.group && slot === member;
      return isOfShard && owner !== '' && leftMs > 0;
    });
    return { position, owner: lease };
  } catch (error) {
    return { problem: explain(error) };
  }
}
