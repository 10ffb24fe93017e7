/** The laws of the assignment: everything has one owner, shares are equal, the order of names is nothing, and few partitions move. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { assign, rankOf } from './rendezvous.js';

const names = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 12 });
const partitionCounts = fc.integer({ min: 1, max: 128 });

const sharesOf = (members: readonly string[], owners: readonly string[]): number[] =>
  members.map((member) => owners.filter((owner) => owner === member).length);

const moved = (before: readonly string[], after: readonly string[]): number =>
  before.filter((owner, partition) => owner !== after[partition]).length;

describe('the assignment', () => {
  it('gives every partition one of the members, in shares that differ by one at most', () => {
    fc.assert(
      fc.property(names, partitionCounts, (members, partitions) => {
        const owners = assign('g', members, partitions);
        expect(owners).toHaveLength(partitions);
        const shares = sharesOf(members, owners);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(partitions);
        expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('is the same for every order in which the members are named', () => {
    fc.assert(
      fc.property(names, partitionCounts, (members, partitions) => {
        expect(assign('g', [...members].reverse(), partitions)).toEqual(assign('g', members, partitions));
      }),
    );
  });

  it('moves few partitions when a member comes or goes: its share, and at most as many again to even out', () => {
    fc.assert(
      fc.property(names, fc.string({ minLength: 13, maxLength: 20 }), (members, joiner) => {
        const partitions = 64;
        const before = assign('g', members, partitions);
        const after = assign('g', [...members, joiner], partitions);
        const [share = 0] = sharesOf([joiner], after);
        expect(moved(before, after)).toBeGreaterThanOrEqual(share);
        expect(moved(before, after)).toBeLessThanOrEqual(2 * share + members.length);
      }),
      { numRuns: 300 },
    );
  });

  it('moves a third of what a modulo would, over a fleet that grows from 2 to 12 and shrinks back', () => {
    const fleet = Array.from({ length: 12 }, (_, index) => `member-${index}`);
    let rendezvous = 0;
    let modulo = 0;
    for (let size = 2; size < fleet.length; size += 1) {
      rendezvous += moved(assign('g', fleet.slice(0, size), 64), assign('g', fleet.slice(0, size + 1), 64));
      modulo += Array.from({ length: 64 }, (_, at) => at).filter((at) => at % size !== at % (size + 1)).length;
    }
    expect(rendezvous).toBeLessThan(modulo / 3);
  });

  it('spreads the same members differently in another group', () => {
    const members = ['a', 'b', 'c', 'd'];
    expect(assign('orders', members, 64)).not.toEqual(assign('refunds', members, 64));
  });

  it('is empty without members, and gives partitions to the first few when there are more members than partitions', () => {
    expect(assign('g', [], 12)).toEqual([]);
    expect(new Set(assign('g', ['a', 'b', 'c', 'd', 'e'], 3)).size).toBe(3);
  });

  it('ranks every member differently for each partition', () => {
    const members = ['a', 'b', 'c', 'd', 'e'];
    for (let partition = 0; partition < 64; partition += 1) {
      const ranks = members.map((member) => rankOf('g', members, member, partition));
      expect([...ranks].sort()).toEqual([0, 1, 2, 3, 4]);
    }
  });
});
