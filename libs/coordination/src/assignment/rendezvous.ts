/**
 * Who is to own which partition: rendezvous hashing with equal shares. Every member has a score for every partition, and the best
 * pairs are made first, as long as the member has room. So few partitions move when members come or go, and the shares differ by one
 * at most (bare rendezvous hashing gives five members of 64 partitions between 7 and 19).
 */
import { createHash } from 'node:crypto';

/** 48 bits are exact in a number, and 64 × 100 pairs collide once in 10^7 groups; the member's name decides then. */
const SCORE_BYTES = 6;

interface Pair {
  readonly member: string;
  readonly partition: number;
  readonly score: number;
}

/** `group` is part of the score, so that the same member does not lead in every group. */
export function scoreOf(group: string, member: string, partition: number): number {
  return createHash('sha256').update(`${group}\n${member}\n${partition}`).digest().readUIntBE(0, SCORE_BYTES);
}

/** The owner-to-be of each partition, by index; the same for every order of `members`. Empty without members. */
export function assign(group: string, members: readonly string[], partitions: number): readonly string[] {
  if (members.length === 0) return [];
  const share = Math.floor(partitions / members.length);
  let extras = partitions - share * members.length;
  const counts = new Map(members.map((member) => [member, 0]));
  const owners: string[] = [];
  let open = partitions;
  for (const { member, partition } of pairsOf(group, members, partitions)) {
    if (open === 0) break;
    const count = counts.get(member) ?? 0;
    if (owners[partition] !== undefined || count > share || (count === share && extras === 0)) continue;
    if (count === share) extras -= 1;
    counts.set(member, count + 1);
    owners[partition] = member;
    open -= 1;
  }
  return owners;
}

/** How many members come before `member` for this partition: 0 for the best. Spreads takers that agree about nothing else. */
export function rankOf(group: string, members: readonly string[], member: string, partition: number): number {
  const own = scoreOf(group, member, partition);
  return members.filter((other) => other !== member && scoreOf(group, other, partition) > own).length;
}

function pairsOf(group: string, members: readonly string[], partitions: number): readonly Pair[] {
  const pairs = members.flatMap((member) =>
    Array.from({ length: partitions }, (_, partition) => ({
      member,
      partition,
      score: scoreOf(group, member, partition),
    })),
  );
  return pairs.sort((a, b) => b.score - a.score || (a.member < b.member ? -1 : 1) || a.partition - b.partition);
}
