/** Placement is data: the default keeps the two copies of an order apart, and a wrong list never reaches the first order. */
import { describe, expect, it } from '@jest/globals';
import { Placement } from './placement.js';
import { SHARD_COUNT } from './shard.js';

const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);

describe('the interleaved placement', () => {
  it.each([2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 30, 40, 60, 120])(
    'over %i nodes parts the shards of one number and gives every node the same share',
    (nodeCount) => {
      const placement = new Placement(nodeCount);
      for (const shard of shards) expect(placement.userNode(shard)).not.toBe(placement.merchantNode(shard));
      for (let node = 0; node < nodeCount; node += 1) {
        expect(placement.userShardsOf(node)).toHaveLength(SHARD_COUNT / nodeCount);
        expect(placement.merchantShardsOf(node)).toHaveLength(SHARD_COUNT / nodeCount);
      }
    },
  );

  it('over one node places everything there', () => {
    const placement = new Placement(1);
    expect(placement.userShardsOf(0)).toEqual(shards);
    expect(placement.merchantShardsOf(0)).toEqual(shards);
  });

  it('lists the shards of a node exactly as it routes them', () => {
    const placement = new Placement(3);
    for (const node of [0, 1, 2]) {
      expect(placement.userShardsOf(node)).toEqual(shards.filter((shard) => placement.userNode(shard) === node));
      expect(placement.merchantShardsOf(node)).toEqual(
        shards.filter((shard) => placement.merchantNode(shard) === node),
      );
    }
    expect(placement.userShardsOf(3)).toEqual([]);
  });
});

describe('a placement from a list', () => {
  it('routes as the list says, and does not follow a later change of it', () => {
    const user = shards.map((shard) => (shard < 100 ? 0 : 1));
    const placement = new Placement(2, { user, merchant: shards.map(() => 1) });
    user[0] = 1;
    expect([placement.userNode(0), placement.userNode(100), placement.merchantNode(5)]).toEqual([0, 1, 1]);
    expect(placement.merchantShardsOf(0)).toEqual([]);
  });

  it.each([
    ['forgets a shard', shards.slice(1).map(() => 0), 'shard 119 is not placed'],
    ['names a node that does not exist', shards.map((shard) => (shard === 7 ? 2 : 0)), 'shard 7 is placed on node 2'],
    ['names half a node', shards.map((shard) => (shard === 9 ? 0.5 : 0)), 'shard 9 is placed on node 0.5'],
    ['has a shard too many', [...shards, 120].map(() => 0), 'names 121 shards'],
  ])('is refused when it %s', (_, user, message) => {
    expect(() => new Placement(2, { user, merchant: shards.map(() => 0) })).toThrow(message);
    expect(() => new Placement(2, { user: shards.map(() => 0), merchant: user })).toThrow(message);
  });

  it('is refused without a node', () => {
    expect(() => new Placement(0)).toThrow('at least one node');
    expect(() => new Placement(1.5)).toThrow('at least one node');
  });

  it.each([-1, 120, 1.5, Number.NaN])('routes shard %p nowhere, loudly', (shard) => {
    expect(() => new Placement(2).userNode(shard)).toThrow('routes nowhere');
    expect(() => new Placement(2).merchantNode(shard)).toThrow('routes nowhere');
  });
});
