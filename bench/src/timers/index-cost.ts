/** What the index costs: bytes of a pending timer, time of an operation beside a growing backlog, and the way back from nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ALL_PARTITIONS,
  HORIZON_SECONDS,
  openTimersRedis,
  RedisWheel,
  type SlotEntry,
  type TimersRedis,
} from '@ordo/timers';
import { quantilesOf, round } from '../reporting/quantiles.js';

const QUEUE = 'cost';
const EPOCH = 1;
const PER_CALL = 500;
const FIRST_ID = 8_000_000_000_000_000;
const MS_PER_SECOND = 1_000;
/** Redis moves its table of keys in the background after it has grown; meanwhile it holds both. */
const REHASH_MS = 2_500;

export interface Cost {
  readonly pending: number;
  readonly bytesPerTimer: number;
  readonly addPerSec: number;
  readonly claim: ReturnType<typeof quantilesOf>;
}

/** Entries in all slots of a queue. */
export async function countIndexed(redis: TimersRedis, queue: string): Promise<number> {
  const keys = await redis.keys(`{${queue}:*}s*`);
  let count = 0;
  for (let start = 0; start < keys.length; start += 10_000) {
    const sizes = await Promise.all(keys.slice(start, start + 10_000).map((key) => redis.scard(key)));
    count += sizes.reduce((sum, size) => sum + size, 0);
  }
  return count;
}

async function usedBytes(redis: TimersRedis): Promise<number> {
  const info = await redis.info('memory');
  return Number(/used_memory:(\d+)/.exec(info)?.[1]);
}

/** `slotsApart`: 0 puts all into as few slots as `perSlot` says; ids rise as those of timers do. */
export async function measureIndex(redisUrl: string, counts: readonly number[], perSlot: number): Promise<Cost[]> {
  const redis = openTimersRedis(redisUrl, () => undefined);
  await sleep(200);
  await redis.flushall();
  const wheel = new RedisWheel(redis, QUEUE);
  const owners = ALL_PARTITIONS.map((partition) => ({ partition, epoch: EPOCH }));
  await Promise.all(owners.map((owner) => wheel.open(owner, HORIZON_SECONDS * 100)));
  const baseBytes = await usedBytes(redis);
  const firstSlot = Math.ceil(Date.now() / MS_PER_SECOND) + 600;
  const costs: Cost[] = [];
  let added = 0;
  for (const count of counts) {
    const began = performance.now();
    const from = added;
    while (added < count) {
      const calls = [];
      for (const { partition } of owners) {
        const entries = batchOf(
          added,
          Math.min(PER_CALL, Math.ceil((count - from) / owners.length)),
          firstSlot,
          perSlot,
        );
        added += entries.length;
        // Safe to repeat, and a second without an answer on a busy machine is no reason to end a bench.
        calls.push(wheel.add(partition, entries).catch(() => wheel.add(partition, entries)));
      }
      await Promise.all(calls);
    }
    const addPerSec = round(((added - from) / (performance.now() - began)) * MS_PER_SECOND);
    await sleep(REHASH_MS);
    const bytesPerTimer = round(((await usedBytes(redis)) - baseBytes) / added);
    costs.push({ pending: added, bytesPerTimer, addPerSec, claim: await claimTimes(wheel) });
  }
  await redis.flushall();
  redis.disconnect();
  return costs;
}

/** A slot of a partition gets `perSlot` entries, one partition after the other. */
function batchOf(from: number, size: number, firstSlot: number, perSlot: number): SlotEntry[] {
  return Array.from({ length: size }, (_, at) => {
    const index = from / ALL_PARTITIONS.length + at;
    return { id: String(FIRST_ID + from + at), slot: firstSlot + Math.floor(index / perSlot) };
  });
}

/** A claim that finds nothing yet: what every partition pays every second. */
async function claimTimes(wheel: RedisWheel): Promise<ReturnType<typeof quantilesOf>> {
  const owner = { partition: 1, epoch: EPOCH };
  const state = await wheel.adopt(owner);
  const took: number[] = [];
  for (let count = 0; count < 300 && state !== undefined; count += 1) {
    const began = performance.now();
    const fromSlot = state.cursor + 1;
    await wheel.claim(owner, { batch: `1.${count}`, fromSlot, untilSlot: fromSlot + 1, limit: 500, leaseMs: 10_000 });
    took.push(performance.now() - began);
  }
  return quantilesOf(took);
}
