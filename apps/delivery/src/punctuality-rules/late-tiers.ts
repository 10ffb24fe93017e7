/**
 * What a late delivery is worth, per line of business and city. A table that changes gets a new version, and both stay: an order is
 * judged by the version that it was promised under (DOMAIN §4).
 */
import { invariant } from '@ordo/kernel';

export interface LateTier {
  /** This late or later, until the next tier begins. */
  readonly fromMs: number;
  /** Minor units. */
  readonly amountMinor: number;
}

export interface LateTierTable {
  readonly bizType: string;
  /** A city's code, or {@link EVERY_CITY} for those without a table of their own. */
  readonly city: string;
  readonly version: number;
  /** By rising lateness. */
  readonly tiers: readonly LateTier[];
}

export const EVERY_CITY = '*';
const MINUTE_MS = 60_000;

const tiers = (...pairs: readonly (readonly [fromMinutes: number, amountMinor: number])[]): LateTier[] =>
  pairs.map(([fromMinutes, amountMinor]) => ({ fromMs: fromMinutes * MINUTE_MS, amountMinor }));

/** The example of DOMAIN §4: 10–20 min late 400, 20–30 600, over 30 1300. */
export const lateTierTables: readonly LateTierTable[] = [
  { bizType: 'takeout', city: EVERY_CITY, version: 1, tiers: tiers([10, 400], [20, 600], [30, 1_300]) },
];

const isFor = (table: LateTierTable, bizType: string, city: string): boolean =>
  table.bizType === bizType && table.city === city;

/** The newest table of the city, else of every city; undefined where lateness is worth nothing. */
export function currentTiersOf(
  bizType: string,
  city: string,
  tables: readonly LateTierTable[] = lateTierTables,
): LateTierTable | undefined {
  for (const where of [city, EVERY_CITY]) {
    const found = tables.filter((table) => isFor(table, bizType, where)).sort((a, b) => b.version - a.version);
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

/** The table that an order was promised under. @throws InvariantViolation for one that no release of ours had. */
export function tiersOfVersion(
  bizType: string,
  city: string,
  version: number,
  tables: readonly LateTierTable[] = lateTierTables,
): LateTierTable {
  const found = tables.find((table) => isFor(table, bizType, city) && table.version === version);
  invariant(found !== undefined, `no late tiers ${bizType}/${city} of version ${version}`, { bizType, city, version });
  return found;
}
