/** What the master publishes in the memo of its lease: who belongs to the group, and under which logical id. */
export interface RosterEntry {
  readonly token: string;
  /** Small and unique in the group; stays with the member for as long as it lives. */
  readonly logicalId: number;
}

export type Roster = readonly RosterEntry[];

export function rosterOf(memo: string | null): Roster {
  if (memo === null) return [];
  const pairs = JSON.parse(memo) as readonly (readonly [number, string])[];
  return pairs.map(([logicalId, token]) => ({ token, logicalId }));
}

export function rosterText(roster: Roster): string {
  return JSON.stringify(roster.map(({ token, logicalId }) => [logicalId, token]));
}

/** The roster of those who live: who was in it keeps its logical id, newcomers get the smallest free ones. */
export function nextRoster(roster: Roster, live: readonly string[]): Roster {
  const kept = roster.filter(({ token }) => live.includes(token));
  const taken = new Set(kept.map(({ logicalId }) => logicalId));
  const known = new Set(kept.map(({ token }) => token));
  const next = [...kept];
  let logicalId = 0;
  for (const token of live.filter((each) => !known.has(each)).sort()) {
    while (taken.has(logicalId)) logicalId += 1;
    taken.add(logicalId);
    next.push({ token, logicalId });
  }
  return next;
}
