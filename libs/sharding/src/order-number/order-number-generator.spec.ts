/** What makes order numbers unique for ever: sequences per user shard, borrowed seconds with a bound, and a clock that cannot go back. */
import { describe, expect, it } from '@jest/globals';
import { ManualClock, Transient } from '@ordo/kernel';
import fc from 'fast-check';
import { SHARD_COUNT } from '../placement/shard.js';
import { decodeOrderNumber, NUMBER_EPOCH_MS, SEQUENCE_COUNT, secondOfMs } from './order-number.js';
import { BORROW_SECONDS, OrderNumberGenerator } from './order-number-generator.js';
import { AnchoredSeconds, type SecondSource } from './second-source.js';

const NOW_MS = NUMBER_EPOCH_MS + 50_000_000_000;
const NOW_SECOND = secondOfMs(NOW_MS);

class SettableSeconds implements SecondSource {
  constructor(public now = NOW_SECOND) {}

  second(): number {
    return this.now;
  }
}

function generatorOn(clock: ManualClock, workerId = 1): OrderNumberGenerator {
  return new OrderNumberGenerator({ workerId, clock: new AnchoredSeconds(clock, clock.nowMs(), 0) });
}

function nextOf(generator: OrderNumberGenerator, userShard: number, merchantShard: number): string | undefined {
  try {
    return generator.next(userShard, merchantShard);
  } catch (error) {
    if (error instanceof Transient && error.code === 'NUMBER_SPACE_BUSY') return undefined;
    throw error;
  }
}

const steps = fc.array(
  fc.record({
    advanceMs: fc.integer({ min: 0, max: 1_500 }),
    wallStepMs: fc.integer({ min: -7_200_000, max: 7_200_000 }),
    userShard: fc.integer({ min: 0, max: 3 }),
    merchantShard: fc.integer({ min: 0, max: SHARD_COUNT - 1 }),
    burst: fc.integer({ min: 1, max: 700 }),
  }),
  { minLength: 1, maxLength: 40 },
);

describe('the generator', () => {
  it('repeats no number and rises per user shard, however the wall clock is stepped', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const clock = new ManualClock(NOW_MS);
        const generator = generatorOn(clock);
        const seen = new Set<string>();
        const lastOf = new Map<number, bigint>();
        let made = 0;
        for (const { advanceMs, wallStepMs, userShard, merchantShard, burst } of plan) {
          clock.advance(advanceMs);
          clock.stepWall(wallStepMs);
          for (let index = 0; index < burst; index += 1) {
            const number = nextOf(generator, userShard, merchantShard);
            if (number === undefined) break;
            made += 1;
            seen.add(number);
          }
          const parts = decodeOrderNumber([...seen].at(-1) ?? '', NOW_MS + 86_400_000);
          const position = BigInt(parts.second) * 1024n + BigInt(parts.sequence);
          if (parts.userShard !== userShard) continue;
          if (position < (lastOf.get(userShard) ?? 0n)) throw new Error(`shard ${userShard} went back`);
          lastOf.set(userShard, position);
        }
        expect(seen.size).toBe(made);
      }),
      { numRuns: 60 },
    );
  });

  it('repeats no number when its source itself goes back', () => {
    const source = new SettableSeconds();
    const generator = new OrderNumberGenerator({ workerId: 9, clock: source });
    const seen = new Set<string>();
    for (const now of [NOW_SECOND, NOW_SECOND - 3_600, NOW_SECOND - 1, NOW_SECOND, NOW_SECOND + 1]) {
      source.now = now;
      for (let index = 0; index < 200; index += 1) seen.add(generator.next(5, 6));
    }
    expect(seen.size).toBe(1_000);
  });

  it('rises strictly within one worker, user shard and merchant shard', () => {
    const clock = new ManualClock(NOW_MS);
    const generator = generatorOn(clock);
    let last = 0n;
    for (let index = 0; index < 20_000; index += 1) {
      if (index % 500 === 0) clock.advance(500);
      const number = BigInt(generator.next(11, 22));
      expect(number > last).toBe(true);
      last = number;
    }
  });

  it('never collides with a generator of another worker id', () => {
    const clock = new ManualClock(NOW_MS);
    const generators = [0, 1, 254, 255].map((workerId) => generatorOn(clock, workerId));
    const numbers = generators.flatMap((each) => Array.from({ length: 1_000 }, () => each.next(3, 4)));
    expect(new Set(numbers).size).toBe(4_000);
  });

  it('gives 1,024 numbers per second to each of the 120 user shards', () => {
    const generator = new OrderNumberGenerator({ workerId: 2, clock: new SettableSeconds() });
    const seen = new Set<string>();
    for (let shard = 0; shard < SHARD_COUNT; shard += 1) {
      for (let index = 0; index < SEQUENCE_COUNT; index += 1) {
        const number = generator.next(shard, index % SHARD_COUNT);
        seen.add(number);
        if (decodeOrderNumber(number, NOW_MS).second !== NOW_SECOND) throw new Error('borrowed too early');
      }
    }
    expect(seen.size).toBe(SHARD_COUNT * SEQUENCE_COUNT);
  });

  it('borrows two seconds and then refuses that shard alone, until time catches up', () => {
    const source = new SettableSeconds();
    const generator = new OrderNumberGenerator({ workerId: 2, clock: source });
    const numbers: string[] = [];
    for (let index = 0; index < 10 * SEQUENCE_COUNT; index += 1) {
      const number = nextOf(generator, 7, 8);
      if (number !== undefined) numbers.push(number);
    }
    expect(numbers).toHaveLength((1 + BORROW_SECONDS) * SEQUENCE_COUNT);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(() => generator.next(7, 8)).toThrow(expect.objectContaining({ code: 'NUMBER_SPACE_BUSY' }));
    expect(generator.next(8, 8)).toBeDefined();
    source.now += 1;
    expect(decodeOrderNumber(generator.next(7, 8), NOW_MS).second).toBe(NOW_SECOND + BORROW_SECONDS + 1);
  });

  it('refuses shards and workers that do not exist', () => {
    const generator = new OrderNumberGenerator({ workerId: 0, clock: new SettableSeconds() });
    expect(() => generator.next(120, 0)).toThrow('two shards');
    expect(() => generator.next(0, -1)).toThrow('two shards');
    expect(() => new OrderNumberGenerator({ workerId: 256, clock: new SettableSeconds() })).toThrow('256');
  });
});

describe('anchored seconds', () => {
  it('follow the monotonic clock and not the wall', () => {
    const clock = new ManualClock(NOW_MS);
    const seconds = new AnchoredSeconds(clock, NOW_MS, 0);
    clock.stepWall(-86_400_000);
    expect(seconds.second()).toBe(NOW_SECOND);
    clock.advance(3_000);
    expect(seconds.second()).toBe(NOW_SECOND + 3);
  });

  it('stand at the first second until the database reaches it, and pass it then', () => {
    const clock = new ManualClock(NOW_MS);
    const seconds = new AnchoredSeconds(clock, NOW_MS, NOW_SECOND + 4);
    expect(seconds.second()).toBe(NOW_SECOND + 4);
    clock.advance(4_000);
    expect(seconds.second()).toBe(NOW_SECOND + 4);
    clock.advance(1_000);
    expect(seconds.second()).toBe(NOW_SECOND + 5);
  });

  it('follow a database that is ahead at once and one that is behind by half a second at a time', () => {
    const clock = new ManualClock(NOW_MS);
    const seconds = new AnchoredSeconds(clock, NOW_MS, 0);
    expect(seconds.anchor(NOW_MS + 10_000)).toBe(0);
    expect(seconds.second()).toBe(NOW_SECOND + 10);
    expect(seconds.anchor(NOW_MS)).toBe(9_500);
    expect(seconds.second()).toBe(NOW_SECOND + 9);
  });
});
