/** A builder that lies makes every spec above it lie. */
import { describe, expect, it } from '@jest/globals';
import { shardOf } from '@ordo/sharding';
import { anIdOfShard, anIdWhere } from './ids.js';
import { aPlaceOrder, aVirtualPlaceOrder, payAmountOf } from './place-order-builder.js';

describe('builders of placements', () => {
  it('give amounts that add up, also after a change of the items', () => {
    expect(aPlaceOrder().payAmount).toBe(1900 + 3000 + 500 - 1800);
    const item = { itemId: 'i', skuId: 's', name: 'n', quantity: 3, unitPrice: 7, packingFee: 1 };
    expect(aPlaceOrder({ items: [item], discounts: [] }).payAmount).toBe(524);
    expect(payAmountOf(aVirtualPlaceOrder())).toBe(aVirtualPlaceOrder().payAmount);
  });

  it('leave a wrong amount wrong when the spec asks for it', () => {
    expect(aPlaceOrder({ payAmount: 1 }).payAmount).toBe(1);
  });

  it('give every order a user and a merchant of its own', () => {
    const ids = Array.from({ length: 500 }, () => aPlaceOrder()).flatMap((body) => [body.userId, body.merchantId]);
    expect(new Set(ids).size).toBe(1_000);
  });

  it('give ids that route where the spec wants them', () => {
    expect(shardOf(anIdOfShard(0))).toBe(0);
    expect(shardOf(anIdOfShard(119))).toBe(119);
    expect(shardOf(anIdWhere((shard) => shard % 2 === 1)) % 2).toBe(1);
    expect(() => anIdOfShard(120)).toThrow('shard 120 does not exist');
    expect(() => anIdWhere(() => false)).toThrow('no shard');
  });
});
