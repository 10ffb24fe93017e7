/** Laws of the order number: its layout is for ever (golden file), and the three routes to an order always agree. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { MAX_ID, Refusal } from '@ordo/kernel';
import fc from 'fast-check';
import { laneOf, merchantSchema, SHARD_COUNT, shardOf, userSchema } from '../placement/shard.js';
import { decodeOrderNumber, encodeOrderNumber, MAX_SECOND, NUMBER_EPOCH_MS, secondOfMs } from './order-number.js';

interface GoldenCase {
  readonly second: number;
  readonly userId: string;
  readonly merchantId: string;
  readonly worker: number;
  readonly sequence: number;
  readonly userShard: number;
  readonly merchantShard: number;
  readonly orderId: string;
}

const golden = JSON.parse(readFileSync(new URL('../../golden/order-number.golden.json', import.meta.url), 'utf8')) as {
  epoch: string;
  shardCount: number;
  laneCount: number;
  cases: GoldenCase[];
};

const FAR_FUTURE_MS = NUMBER_EPOCH_MS + MAX_SECOND * 1_000;
const partsArbitrary = fc.record({
  second: fc.integer({ min: 1, max: MAX_SECOND }),
  userShard: fc.integer({ min: 0, max: SHARD_COUNT - 1 }),
  merchantShard: fc.integer({ min: 0, max: SHARD_COUNT - 1 }),
  worker: fc.integer({ min: 0, max: 255 }),
  sequence: fc.integer({ min: 0, max: 1023 }),
});

/** Globals cost a microsecond each inside jest's sandbox; a million turns notice. */
const { imul } = Math;
const text = String;

/** mulberry32: a million seeded ids in a fraction of a second, the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** 6 to 18 digits, as ids of users and merchants are. */
function randomId(random: () => number): string {
  const nineDigits = () => text(random() % 1_000_000_000).padStart(9, '0');
  return `${1 + (random() % 9)}${nineDigits()}${nineDigits()}`.slice(0, 6 + (random() % 13));
}

function ruleOf(orderId: string, nowMs = FAR_FUTURE_MS): unknown {
  try {
    decodeOrderNumber(orderId, nowMs);
    return undefined;
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'INVALID_ARGUMENT') throw error;
    const [violation] = error.details['violations'] as { field: string; rule: string }[];
    expect(violation?.field).toBe('orderId');
    return violation?.rule;
  }
}

describe('the golden file', () => {
  it('fixes the epoch and the counts', () => {
    expect(golden.epoch).toBe(new Date(NUMBER_EPOCH_MS).toISOString());
    expect(golden.shardCount).toBe(SHARD_COUNT);
    expect(golden.cases.length).toBeGreaterThanOrEqual(30);
  });

  it.each(golden.cases)('gives $orderId for its parts, and the same shards by all three routes', (fixed) => {
    const { second, userShard, merchantShard, worker, sequence } = fixed;
    expect(encodeOrderNumber({ second, userShard, merchantShard, worker, sequence })).toBe(fixed.orderId);
    expect(decodeOrderNumber(fixed.orderId, FAR_FUTURE_MS)).toEqual({
      second,
      userShard,
      merchantShard,
      worker,
      sequence,
    });
    expect([shardOf(fixed.userId), shardOf(fixed.merchantId)]).toEqual([userShard, merchantShard]);
  });
});

describe('the order number', () => {
  it('is the number that the layout says, to the last digit', () => {
    fc.assert(
      fc.property(partsArbitrary, (parts) => {
        const { second, userShard, merchantShard, worker, sequence } = parts;
        const tail = (BigInt(userShard) << 25n) | (BigInt(merchantShard) << 18n) | (BigInt(worker) << 10n);
        const number = (BigInt(second) << 32n) | tail | BigInt(sequence);
        expect(encodeOrderNumber(parts)).toBe(number.toString());
        expect(number <= MAX_ID).toBe(true);
        expect(decodeOrderNumber(number.toString(), FAR_FUTURE_MS)).toEqual(parts);
      }),
      { numRuns: 2_000 },
    );
  });

  it('routes a million random users and merchants where their ids do, with at most 5 % skew over the shards', () => {
    const random = seeded(20_250_101);
    const counts = new Int32Array(SHARD_COUNT);
    let disagreements = 0;
    for (let index = 0; index < 1_000_000; index += 1) {
      const userShard = shardOf(randomId(random));
      const merchantShard = shardOf(randomId(random));
      const parts = {
        second: 1 + (index & 0xffffff),
        userShard,
        merchantShard,
        worker: index & 255,
        sequence: index & 1023,
      };
      const decoded = decodeOrderNumber(encodeOrderNumber(parts), FAR_FUTURE_MS);
      if (decoded.userShard !== userShard || decoded.merchantShard !== merchantShard) disagreements += 1;
      counts[userShard] = (counts[userShard] ?? 0) + 1;
    }
    expect(disagreements).toBe(0);
    const mean = 1_000_000 / SHARD_COUNT;
    expect(Math.max(...counts) / mean).toBeLessThan(1.05);
    expect(Math.min(...counts) / mean).toBeGreaterThan(0.95);
  });

  it('agrees with BigInt about the shard of every id up to 2^63 − 1', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: MAX_ID }), (id) => {
        expect(shardOf(id.toString())).toBe(Number(id % 120n));
      }),
      { numRuns: 2_000 },
    );
  });

  it('sorts by time, whatever the other parts are', () => {
    fc.assert(
      fc.property(partsArbitrary, partsArbitrary, (one, other) => {
        fc.pre(one.second < other.second);
        expect(BigInt(encodeOrderNumber(one)) < BigInt(encodeOrderNumber(other))).toBe(true);
      }),
    );
  });

  it.each([
    ['', 'decimal'],
    ['abc', 'decimal'],
    ['-5', 'decimal'],
    ['+5', 'decimal'],
    ['1.5', 'decimal'],
    ['1e9', 'decimal'],
    ['0x10', 'decimal'],
    [' 12', 'decimal'],
    ['12\n', 'decimal'],
    ["1' OR '1'='1", 'decimal'],
    ['١٢٣', 'decimal'],
    ['0', 'range'],
    ['007', 'range'],
    ['9223372036854775808', 'range'],
    ['99999999999999999999', 'range'],
    ['9'.repeat(10_000), 'range'],
    [((5n << 32n) | (120n << 25n)).toString(), 'route'],
    [((5n << 32n) | (127n << 18n)).toString(), 'route'],
    ['9223372036854775807', 'route'],
  ])('refuses %.40j by the rule %s', (orderId, rule) => {
    expect(ruleOf(orderId)).toBe(rule);
  });

  it('refuses what is no string with the same typed refusal', () => {
    expect(ruleOf(5 as unknown as string)).toBe('decimal');
    expect(ruleOf(undefined as unknown as string)).toBe('decimal');
  });

  it('refuses a time more than a day ahead, and takes one a few seconds ahead', () => {
    const nowMs = NUMBER_EPOCH_MS + 1_000_000_000;
    const at = (second: number) =>
      encodeOrderNumber({ second, userShard: 1, merchantShard: 2, worker: 3, sequence: 4 });
    expect(ruleOf(at(secondOfMs(nowMs) + 5), nowMs)).toBeUndefined();
    expect(ruleOf(at(secondOfMs(nowMs) + 90_000), nowMs)).toBe('time');
  });
});

describe('schemas and lanes', () => {
  it('gives every shard one schema name per dimension and spreads the shards evenly over twelve lanes', () => {
    const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
    expect([userSchema(0), userSchema(119), merchantSchema(7)]).toEqual([
      'ordo_user_000',
      'ordo_user_119',
      'ordo_merchant_007',
    ]);
    expect(new Set([...shards.map(userSchema), ...shards.map(merchantSchema)]).size).toBe(2 * SHARD_COUNT);
    const perLane = new Map<number, number>();
    for (const shard of shards) perLane.set(laneOf(shard), (perLane.get(laneOf(shard)) ?? 0) + 1);
    expect([...perLane.keys()]).toEqual(Array.from({ length: golden.laneCount }, (_, lane) => lane));
    expect([...perLane.values()].every((count) => count === 10)).toBe(true);
  });

  it('refuses the name of a shard that does not exist', () => {
    expect(() => userSchema(120)).toThrow('shard 120 does not exist');
    expect(() => merchantSchema(-1)).toThrow('shard -1 does not exist');
  });
});
