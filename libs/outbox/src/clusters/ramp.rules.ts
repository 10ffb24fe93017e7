/**
 * Which events the second cluster hears. By order and not by event: a consumer there sees whole orders, and one that was in at 10 % is in
 * at 20 % too.
 */
import type { OutboxRow } from '../relay/outbox.repository.js';
import type { ClusterSwitch } from './broadcast-switch.state.js';

const BUCKETS = 100;
/** FNV-1a. Order numbers share their time and shards; their last digits alone would be no fair lot. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** 0 to 99, the same for ever. */
export function bucketOf(orderId: string): number {
  let hash = FNV_OFFSET;
  for (const character of orderId) hash = Math.imul(hash ^ character.charCodeAt(0), FNV_PRIME) >>> 0;
  return hash % BUCKETS;
}

export function hears(
  { percent, types }: ClusterSwitch,
  { orderId, type }: Pick<OutboxRow, 'orderId' | 'type'>,
): boolean {
  return (types === undefined || types.includes(type)) && bucketOf(orderId) < percent;
}
