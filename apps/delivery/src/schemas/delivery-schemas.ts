/** Where the delivery app's tables lie: shards by the order's user, one schema per node beside them, and one for all on node 0. */
import { invariant } from '@ordo/kernel';
import { decodeOrderNumber, type Placement, SHARD_COUNT } from '@ordo/sharding';

/** Outbox, inbox, timers, leases, hand-offs and nonces of this app, on every node. */
export const DELIVERY_NODE_SCHEMA = 'ordo_delivery_node';
/** Lanes, rooms, switch and contracts; small, and read by nobody who answers a caller of the promise service. */
export const DELIVERY_CONTROL_SCHEMA = 'ordo_delivery_control';

const DIGITS = 3;
const SCHEMAS = Array.from(
  { length: SHARD_COUNT },
  (_, shard) => `ordo_delivery_${String(shard).padStart(DIGITS, '0')}`,
);

export function deliverySchema(shard: number): string {
  const schema = SCHEMAS[shard];
  invariant(schema !== undefined, `shard ${shard} does not exist`, { shard });
  return schema;
}

export interface DeliveryAddress {
  readonly shard: number;
  readonly node: number;
  readonly schema: string;
}

/** The order number says it: the same shard number, and so the same node, as the order's authority. */
export function addressOf(orderId: string, placement: Placement): DeliveryAddress {
  const shard = decodeOrderNumber(orderId).userShard;
  return { shard, node: placement.userNode(shard), schema: deliverySchema(shard) };
}
