/** Which process may drain what, when the partitions of a queue lie on several nodes: the numbers of a group are not those of the queue. */
import { describe, expect, it } from '@jest/globals';
import { type NodeGroup, placedOwnership, spreadOwnership } from './partition-ownership.js';

/** A group that owns `members`, each under an epoch of its own. */
const groupOf = (members: readonly number[], firstEpoch: number): NodeGroup => {
  const owned = members.map((partition, at) => ({ partition, epoch: firstEpoch + at }));
  return {
    owned: () => owned,
    epochOf: (partition) => owned.find((each) => each.partition === partition)?.epoch,
  };
};

describe('partitions that lie where their rows do', () => {
  const ownership = placedOwnership([
    { group: groupOf([0, 2], 10), partitions: [119, 3, 64] },
    { group: groupOf([1], 20), partitions: [7, 100] },
  ]);

  it('are owned under the number of the queue and the epoch of their node’s group', () => {
    expect(ownership.owned()).toEqual([
      { partition: 119, epoch: 10 },
      { partition: 64, epoch: 11 },
      { partition: 100, epoch: 20 },
    ]);
  });

  it('have no epoch when another process owns them, or when nobody placed them', () => {
    expect([119, 64, 100, 3, 7, 5].map((partition) => ownership.epochOf(partition))).toEqual([
      ...[10, 11, 20],
      ...[undefined, undefined, undefined],
    ]);
  });

  it('do not include a member that the group has and the placement has not', () => {
    expect(placedOwnership([{ group: groupOf([0, 1], 1), partitions: [5] }]).owned()).toEqual([
      { partition: 5, epoch: 1 },
    ]);
  });
});

describe('partitions that are spread over the nodes', () => {
  it('are number p ÷ nodes of the group of node p mod nodes', () => {
    const ownership = spreadOwnership([groupOf([0, 31], 1), groupOf([5], 9)]);
    expect(ownership.owned()).toEqual([
      { partition: 0, epoch: 1 },
      { partition: 62, epoch: 2 },
      { partition: 11, epoch: 9 },
    ]);
    expect(ownership.epochOf(11)).toBe(9);
    expect(ownership.epochOf(10)).toBeUndefined();
  });
});
