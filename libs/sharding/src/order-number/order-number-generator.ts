import { invariant, Transient } from '@ordo/kernel';
import { isShard, SHARD_COUNT } from '../placement/shard.js';
import { encodeOrderNumber, MAX_SECOND, SEQUENCE_COUNT, WORKER_COUNT } from './order-number.js';
import type { SecondSource } from './second-source.js';

export interface OrderNumberGeneratorOptions {
  /** 0 to 255, held by a worker lease for as long as the generator is used. */
  readonly workerId: number;
  readonly clock: SecondSource;
}

/**
 * How many seconds ahead of its source a generator may number when a user shard's 1,024 sequences of a second are used
 * up. Small, because a successor with the same worker id must start after them (`START_GAP_SECONDS` of the lease).
 */
export const BORROW_SECONDS = 2;
const RETRY_MS = 1_000;

/**
 * Makes order numbers: unique for ever under one worker id, rising per user shard, 1,024 per second and user shard
 * (with bursts of {@link BORROW_SECONDS} seconds more). The sequence is counted per user shard and not per route,
 * because 120 counters fit a cache line or two and 14,400 do not; no clock step backwards repeats a number, because
 * each counter remembers its second.
 */
export class OrderNumberGenerator {
  private readonly seconds = new Float64Array(SHARD_COUNT);
  private readonly sequences = new Int32Array(SHARD_COUNT);
  private readonly workerId: number;
  private readonly clock: SecondSource;

  constructor({ workerId, clock }: OrderNumberGeneratorOptions) {
    invariant(
      Number.isInteger(workerId) && workerId >= 0 && workerId < WORKER_COUNT,
      `worker id ${workerId} is not 0 to 255`,
    );
    this.workerId = workerId;
    this.clock = clock;
  }

  /** The next number of this route. Throws a Transient NUMBER_SPACE_BUSY when the shard's seconds are used up, and what the clock throws. */
  next(userShard: number, merchantShard: number): string {
    invariant(isShard(userShard) && isShard(merchantShard), 'an order number needs two shards of 0 to 119', {
      userShard,
      merchantShard,
    });
    this.step(userShard, this.clock.second());
    return encodeOrderNumber({
      second: this.seconds[userShard] ?? 0,
      userShard,
      merchantShard,
      worker: this.workerId,
      sequence: this.sequences[userShard] ?? 0,
    });
  }

  private step(userShard: number, now: number): void {
    const last = this.seconds[userShard] ?? 0;
    const following = (this.sequences[userShard] ?? 0) + 1;
    if (now > last) return this.startSecond(userShard, now);
    if (following < SEQUENCE_COUNT) {
      this.sequences[userShard] = following;
      return;
    }
    if (last + 1 > now + BORROW_SECONDS) {
      throw new Transient('NUMBER_SPACE_BUSY', `user shard ${userShard} used up its order numbers`, RETRY_MS, {
        userShard,
        aheadSeconds: last - now,
      });
    }
    this.startSecond(userShard, last + 1);
  }

  private startSecond(userShard: number, second: number): void {
    invariant(second <= MAX_SECOND, 'the order number has no seconds left', { second });
    this.seconds[userShard] = second;
    this.sequences[userShard] = 0;
  }
}
