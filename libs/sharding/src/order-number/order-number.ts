import { isDecimalId, Refusal } from '@ordo/kernel';
import { isShard } from '../placement/shard.js';

/**
 * The order number: 31 bits of seconds since 2025-01-01T00:00:00Z · 7 user shard · 7 merchant shard · 8 worker ·
 * 10 sequence, as a decimal string. It sorts by time, fits a BIGINT, lasts until 2093, and names both shards of the
 * order, so that no lookup stands between a number and its rows. The golden file guards the layout for ever.
 */
export interface OrderNumberParts {
  /** Seconds since {@link NUMBER_EPOCH_MS}. */
  readonly second: number;
  readonly userShard: number;
  readonly merchantShard: number;
  readonly worker: number;
  readonly sequence: number;
}

export const NUMBER_EPOCH_MS = Date.UTC(2025, 0, 1);
export const MAX_SECOND = 2 ** 31 - 1;
/** 8 bits: worker ids are 0 to 255. */
export const WORKER_COUNT = 256;
/** 10 bits: numbers per second, worker and user shard. */
export const SEQUENCE_COUNT = 1024;

const WORKER_SHIFT = 10;
const MERCHANT_SHIFT = 18;
const USER_SHIFT = 25;
const TAIL_BITS = 32n;
const TAIL_MASK = 0xffff_ffffn;
const SHARD_MASK = 127;
/** A number from further ahead than this was not made by us: hosts' clocks and borrowed seconds differ by seconds. */
const FUTURE_TOLERANCE_SECONDS = 86_400;
const MS_PER_SECOND = 1_000;

/**
 * The decimal text of the parts; the caller guarantees their ranges.
 * One BigInt: 0.05 µs, against 0.14 µs for two exact double products and their carry.
 */
export function encodeOrderNumber(parts: OrderNumberParts): string {
  const shards = (parts.userShard << USER_SHIFT) | (parts.merchantShard << MERCHANT_SHIFT);
  const tail = (shards | (parts.worker << WORKER_SHIFT) | parts.sequence) >>> 0;
  return ((BigInt(parts.second) << TAIL_BITS) | BigInt(tail)).toString();
}

/**
 * The parts of an order number. Pure: it says where the order would be, not whether it exists.
 * Refuses with INVALID_ARGUMENT, naming the field `orderId` and the rule, what no generator of ours can have made:
 * text that is no canonical decimal, more than 2^63 − 1, shards past 119, a time more than a day after `nowMs`.
 */
export function decodeOrderNumber(orderId: string, nowMs = Date.now()): OrderNumberParts {
  if (typeof orderId !== 'string' || !/^[0-9]+$/.test(orderId)) throw refused('decimal', 'must be a decimal number');
  if (!isDecimalId(orderId)) {
    throw refused('range', 'must be between 1 and 9223372036854775807, without leading zeros');
  }
  const number = BigInt(orderId);
  const tail = Number(number & TAIL_MASK);
  const parts = {
    second: Number(number >> TAIL_BITS),
    userShard: tail >>> USER_SHIFT,
    merchantShard: (tail >>> MERCHANT_SHIFT) & SHARD_MASK,
    worker: (tail >>> WORKER_SHIFT) & (WORKER_COUNT - 1),
    sequence: tail & (SEQUENCE_COUNT - 1),
  };
  if (!isShard(parts.userShard) || !isShard(parts.merchantShard)) throw refused('route', 'routes to no shard');
  if (parts.second > secondOfMs(nowMs) + FUTURE_TOLERANCE_SECONDS) throw refused('time', 'lies in the future');
  return parts;
}

/** The second of the number's own epoch that contains the wall time `ms`. */
export function secondOfMs(ms: number): number {
  return Math.floor((ms - NUMBER_EPOCH_MS) / MS_PER_SECOND);
}

function refused(rule: string, message: string): Refusal {
  const violations = [{ field: 'orderId', rule, message: `orderId ${message}` }];
  return new Refusal('INVALID_ARGUMENT', `orderId ${message}`, { violations });
}
