import { idModulo, invariant } from '@ordo/kernel';

/**
 * How ids become shards, lanes and schema names. These figures are for ever: an order number carries its two shards,
 * so changing one of them would lose every order that exists. The golden file guards them.
 */

/** 120 divides by 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40 and 60 nodes, so nodes are added without splitting (DESIGN §2). */
export const SHARD_COUNT = 120;

/** Lanes per node's outbox; ten user shards each, so that twelve relays can drain one node side by side. */
export const LANE_COUNT = 12;

/** The schema on every node that holds what commits with its shards: outbox and inbox. */
export const NODE_SCHEMA = 'ordo_node';

/** The schema on node 0 that holds worker leases and migration state. */
export const CONTROL_SCHEMA = 'ordo_control';

const SHARDS_PER_LANE = SHARD_COUNT / LANE_COUNT;
const USER_SCHEMAS = schemaNames('ordo_user_');
const MERCHANT_SCHEMAS = schemaNames('ordo_merchant_');

/** The shard of a user or merchant id (a decimal string that `isDecimalId` accepts). */
export function shardOf(id: string): number {
  return idModulo(id, SHARD_COUNT);
}

/** The outbox lane of every order of this user shard, for ever: events of one order stay in order within it. */
export function laneOf(userShard: number): number {
  return Math.floor(userShard / SHARDS_PER_LANE);
}

/** The node of a lane, for an app that keeps one schema per lane (twelve in all): interleaved, as everything here. */
export function laneNode(lane: number, nodeCount: number): number {
  return lane % nodeCount;
}

/** `ordo_aftersale_03`: the schema of a lane, in the family of that prefix. */
export function laneSchema(prefix: string, lane: number): string {
  invariant(Number.isInteger(lane) && lane >= 0 && lane < LANE_COUNT, `lane ${lane} does not exist`, { lane });
  return `${prefix}${String(lane).padStart(2, '0')}`;
}

export function userSchema(shard: number): string {
  return schemaAt(USER_SCHEMAS, shard);
}

export function merchantSchema(shard: number): string {
  return schemaAt(MERCHANT_SCHEMAS, shard);
}

/** Whether `shard` is one of the 120; anything else routes nowhere. */
export function isShard(shard: number): boolean {
  return Number.isInteger(shard) && shard >= 0 && shard < SHARD_COUNT;
}

function schemaNames(prefix: string): readonly string[] {
  return Array.from({ length: SHARD_COUNT }, (_, shard) => `${prefix}${String(shard).padStart(3, '0')}`);
}

function schemaAt(names: readonly string[], shard: number): string {
  const name = names[shard];
  invariant(name !== undefined, `shard ${shard} does not exist: shards are 0 to ${SHARD_COUNT - 1}`, { shard });
  return name;
}
