/** Ids that no other spec uses, because specs share tables; of a chosen shard where a spec is about a node. */
import { randomInt } from 'node:crypto';
import { invariant } from '@ordo/kernel';
import { isShard, SHARD_COUNT, shardOf } from '@ordo/sharding';

/** Ten digits and more: apart from the small ids that people type by hand. */
const FIRST = 10_000_000_000;
/** 2^47 ids: two specs meet by chance once in thousands of years of runs. */
const LAST = 2 ** 47;

export function anId(): string {
  return String(randomInt(FIRST, LAST));
}

/** An id that routes to `shard` (0 to 119) in either dimension. */
export function anIdOfShard(shard: number): string {
  invariant(isShard(shard), `shard ${shard} does not exist`);
  const id = randomInt(FIRST, LAST);
  return String(id - (id % SHARD_COUNT) + shard);
}

/** An id of any shard for which `holds`: `anIdWhere((shard) => placement.userNode(shard) === 0)`. */
export function anIdWhere(holds: (shard: number) => boolean): string {
  const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard).filter(holds);
  const shard = shards[randomInt(Math.max(1, shards.length))];
  invariant(shard !== undefined, 'no shard is as asked');
  const id = anIdOfShard(shard);
  invariant(shardOf(id) === shard, 'an id must route to its shard', { id, shard });
  return id;
}
