/**
 * What each line carries of each goods discount. A single discount is split by largest remainder of the original prices (DOMAIN §3);
 * several of them could each round up on the same small line until it owed more than it costs, so a unit of remainder goes to the
 * first line in the ranking that has room left.
 */
import { floorShares, invariant } from '@ordo/kernel';

/**
 * `shares[discount][line]`. Each discount's shares add up to it; no line carries more than its amount; where the plain splits fit,
 * they are the answer, whatever the order of the discounts. Requires Σ `discounts` ≤ Σ `lines`.
 */
export function splitDiscounts(discounts: readonly number[], lines: readonly number[]): number[][] {
  const splits = discounts.map((amount) => floorShares(amount, lines));
  // Every floor of every discount has its place first: Σ floors of a line never passes it, and what is left over is room for units.
  const room = lines.map((line, at) => line - splits.reduce((taken, split) => taken + (split.floors[at] ?? 0), 0));
  return splits.map(({ floors, left, ranking }) => {
    const shares = [...floors];
    for (let given = 0; given < left; given += 1) giveUnit(shares, floors, room, ranking);
    return shares;
  });
}

/** One unit to the best-ranked line with room that has not had one of this discount; to the best-ranked with room if all have. */
function giveUnit(shares: number[], floors: readonly number[], room: number[], ranking: readonly number[]): void {
  const open = ranking.filter((at) => (room[at] ?? 0) > 0);
  const at = open.find((position) => shares[position] === floors[position]) ?? open[0];
  invariant(at !== undefined, 'the discounts are larger than the lines that they reduce');
  shares[at] = (shares[at] ?? 0) + 1;
  room[at] = (room[at] ?? 0) - 1;
}
