/** What a member does about what it sees: each rule alone, on views written by hand. */
import { describe, expect, it } from '@jest/globals';
import { assign, rankOf } from '../assignment/rendezvous.js';
import { type LeaseRow, SOLE_SLOT } from '../lease/lease-statements.js';
import { type GroupRules, type GroupView, nextMoves } from './next-moves.rules.js';
import { nextRoster, rosterOf, rosterText } from './roster.js';

const PARTITIONS = 8;
const rules: GroupRules = { group: 'g', partitions: PARTITIONS, graceMs: 1_500, isDead: () => false };
const LIVE_MS = 9_000;

const lease = (slot: number, owner: string, leftMs = LIVE_MS, memo: string | null = null): LeaseRow => ({
  ...{ slot, owner, epoch: 1, leftMs, memo },
});

interface Scene {
  readonly roster?: readonly string[];
  readonly live?: readonly string[];
  readonly master?: LeaseRow;
  /** The owner and what is left of each partition; held by nobody when not named. */
  readonly partition?: (slot: number) => LeaseRow;
}

/** A settled group of `roster`, mastered by its first member, unless the scene says otherwise. */
function view({ roster = ['a', 'b'], live = roster, master, partition }: Scene = {}): GroupView {
  const memo = rosterText(nextRoster([], roster));
  const owners = assign('g', roster, PARTITIONS);
  const slots = Array.from({ length: PARTITIONS }, (_, slot) => slot);
  return {
    live,
    leases: [
      { ...(master ?? lease(SOLE_SLOT, roster[0] ?? '')), memo },
      ...slots.map(partition ?? ((slot) => lease(slot, owners[slot] ?? ''))),
    ],
  };
}

const ownedBy = (member: string, members: readonly string[]): number[] =>
  assign('g', members, PARTITIONS).flatMap((owner, slot) => (owner === member ? [slot] : []));

describe('a member of a group', () => {
  it('does nothing in a settled group', () => {
    for (const member of ['a', 'b']) {
      expect(nextMoves(view(), member, rules)).toEqual({
        ...{ create: [], bury: [], claimMaster: false, publish: undefined, take: [], release: [] },
      });
    }
  });

  it('makes the rows that are missing, the one of the master among them', () => {
    expect(nextMoves({ live: ['a'], leases: [] }, 'a', rules).create).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('claims mastership when it has expired, and not a moment before', () => {
    expect(nextMoves(view({ master: lease(SOLE_SLOT, 'a', 1) }), 'b', rules).claimMaster).toBe(false);
    expect(nextMoves(view({ master: lease(SOLE_SLOT, 'a', 0) }), 'b', rules).claimMaster).toBe(true);
  });

  it('admits and dismisses members as the master alone, under the epoch of its mastership', () => {
    const changed = view({ live: ['b', 'c', 'a'], roster: ['a', 'x', 'b'] });
    expect(nextMoves(changed, 'b', rules).publish).toBeUndefined();
    expect(nextMoves(changed, 'a', rules).publish).toEqual({
      epoch: 1,
      roster: [
        { token: 'a', logicalId: 0 },
        { token: 'b', logicalId: 1 },
        { token: 'c', logicalId: 2 },
      ],
    });
  });

  it('takes what is free and assigned to it at once, and leaves the rest to the others', () => {
    const free = view({ partition: (slot) => lease(slot, '', 0) });
    expect(nextMoves(free, 'a', rules).take).toEqual(ownedBy('a', ['a', 'b']));
    expect(nextMoves(free, 'b', rules).take).toEqual(ownedBy('b', ['a', 'b']));
  });

  it('takes nothing from an owner whose lease still lives, though it is not on the roster', () => {
    expect(nextMoves(view({ partition: (slot) => lease(slot, 'x', 1) }), 'a', rules).take).toEqual([]);
  });

  it('takes over from a member that is gone without waiting for the master', () => {
    const gone = view({
      ...{ roster: ['m', 'a', 'b'], live: ['a', 'b'] },
      partition: (slot) => lease(slot, 'm', -1),
    });
    expect(nextMoves(gone, 'a', rules).take).toEqual(ownedBy('a', ['a', 'b']));
  });

  it('takes anything after the grace, the best by rendezvous first, when nobody on the roster lives', () => {
    const live = ['c', 'd'];
    const after = (freeMs: number): GroupView =>
      view({ roster: ['x', 'y'], live, master: lease(SOLE_SLOT, 'x'), partition: (slot) => lease(slot, 'x', -freeMs) });
    const best = Array.from({ length: PARTITIONS }, (_, slot) => slot).filter(
      (slot) => rankOf('g', live, 'c', slot) === 0,
    );
    expect(nextMoves(after(1_499), 'c', rules).take).toEqual([]);
    expect(nextMoves(after(1_500), 'c', rules).take).toEqual(best);
    expect(nextMoves(after(2_000), 'c', rules).take).toHaveLength(PARTITIONS);
  });

  it('gives back what is assigned to another one that lives, and keeps what only the dead would want', () => {
    const mine = (live: readonly string[]): GroupView => view({ live, partition: (slot) => lease(slot, 'a') });
    expect(nextMoves(mine(['a', 'b']), 'a', rules).release).toEqual(ownedBy('b', ['a', 'b']));
    expect(nextMoves(mine(['a']), 'a', rules).release).toEqual([]);
  });

  it('buries the dead that it knows of, whether they live in the table or only own something there', () => {
    const seen = view({ roster: ['a', 'dead-1'], partition: (slot) => lease(slot, slot === 0 ? 'dead-2' : 'a') });
    const isDead = (token: string): boolean => token.startsWith('dead');
    expect(nextMoves(seen, 'a', { ...rules, isDead }).bury).toEqual(['dead-1', 'dead-2']);
  });
});

describe('a logical id', () => {
  it('stays with its member, and the smallest free one goes to a newcomer', () => {
    const first = nextRoster([], ['a', 'b', 'c']);
    const second = nextRoster(first, ['a', 'c', 'd', 'e']);
    expect(second.map(({ token, logicalId }) => [token, logicalId])).toEqual([
      ['a', 0],
      ['c', 2],
      ['d', 1],
      ['e', 3],
    ]);
    expect(rosterOf(rosterText(second))).toEqual(second);
    expect(rosterOf(null)).toEqual([]);
  });
});
