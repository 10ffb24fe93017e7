/** Late tiers by rule version: the published example, its edges, and what excludes a compensation (DOMAIN §4). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { InvariantViolation } from '@ordo/kernel';
import fc from 'fast-check';
import { parse } from 'yaml';
import { currentTiersOf, EVERY_CITY, type LateTierTable, lateTierTables, tiersOfVersion } from './late-tiers.js';
import {
  judgedAtLatest,
  judgeLateness,
  LATE_RULE,
  type LatenessFacts,
  lateTierFaults,
  tierTableName,
} from './lateness.rules.js';

const PROMISED_MS = 1_800_000_000_000;
const MINUTE_MS = 60_000;
const table = tiersOfVersion('takeout', EVERY_CITY, 1);

const facts = (lateMs: number, over: Partial<LatenessFacts> = {}): LatenessFacts => ({
  ...{ promisedAtMs: PROMISED_MS, deliveredAtMs: PROMISED_MS + lateMs, nowMs: PROMISED_MS + 86_400_000 },
  ...{ subStates: [], isCancelled: false },
  ...over,
});
const amountOf = (lateMs: number): number => {
  const judged = judgeLateness(table, facts(lateMs));
  return judged.verdict === 'LATE' ? judged.amountMinor : 0;
};

describe('the example of DOMAIN §4', () => {
  it.each([
    [-90, 0],
    [0, 0],
    [10 * 60 - 1, 0],
    [10 * 60, 400],
    [20 * 60 - 1, 400],
    [20 * 60, 600],
    [30 * 60 - 1, 600],
    [30 * 60, 1_300],
    [300 * 60, 1_300],
  ])('owes for %i s of lateness %i', (lateSeconds, amountMinor) => {
    expect(amountOf(lateSeconds * 1_000)).toBe(amountMinor);
  });

  it('never owes less for more lateness', () => {
    const late = fc.nat(4 * 60 * MINUTE_MS);
    fc.assert(
      fc.property(late, late, (one, other) => {
        expect(amountOf(Math.max(one, other))).toBeGreaterThanOrEqual(amountOf(Math.min(one, other)));
      }),
    );
  });
});

describe('an order that has not arrived', () => {
  it('is judged as of now, and at the last tier at the latest, where nothing more can be owed', () => {
    const open = (nowMs: number) => judgeLateness(table, facts(0, { deliveredAtMs: null, nowMs }));
    expect(open(PROMISED_MS + 9 * MINUTE_MS).verdict).toBe('PUNCTUAL');
    const latest = judgedAtLatest(table, PROMISED_MS) ?? 0;
    expect(latest).toBe(PROMISED_MS + 30 * MINUTE_MS);
    expect(open(latest)).toMatchObject({ verdict: 'LATE', amountMinor: 1_300 });
  });
});

describe('a compensation', () => {
  it.each([
    ['the user moved the address', { subStates: ['ADDRESS_CHANGED'] }, 'ADDRESS_MOVED'],
    ['the user did not answer', { subStates: ['OTHER', 'USER_UNREACHABLE'] }, 'USER_UNREACHABLE'],
    ['either side cancelled', { isCancelled: true, subStates: ['ADDRESS_CHANGED'] }, 'CANCELLED'],
  ] as const)('is not owed where %s', (_, over, exclusion) => {
    const judged = judgeLateness(table, facts(45 * MINUTE_MS, over));
    expect(judged).toEqual({ verdict: 'EXCLUDED', lateMs: 45 * MINUTE_MS, exclusion });
  });

  it('is owed where the shop or the courier had trouble', () => {
    const trouble = facts(45 * MINUTE_MS, { subStates: ['SHOP_CLOSED', 'COURIER_ACCIDENT', 'OTHER'] });
    expect(judgeLateness(table, trouble).verdict).toBe('LATE');
  });

  it('is not even a question where nothing was late', () => {
    expect(judgeLateness(table, facts(0, { isCancelled: true })).verdict).toBe('PUNCTUAL');
  });
});

describe('the tables', () => {
  const of = (city: string, version: number): LateTierTable => ({ ...table, city, version });

  it('prefer the city, and of a city the newest version', () => {
    const tables = [of(EVERY_CITY, 1), of('021', 1), of('021', 3), of('021', 2)];
    expect(currentTiersOf('takeout', '021', tables)).toMatchObject({ city: '021', version: 3 });
    expect(currentTiersOf('takeout', '010', tables)).toMatchObject({ city: EVERY_CITY });
    expect(currentTiersOf('virtual', '021', tables)).toBeUndefined();
  });

  it('keep the version that an order was promised under', () => {
    expect(tiersOfVersion('takeout', '021', 1, [of('021', 1), of('021', 2)]).version).toBe(1);
    expect(() => tiersOfVersion('takeout', '021', 9)).toThrow(InvariantViolation);
  });

  it('of this release have no faults, and a broken one is named', () => {
    expect(lateTierFaults(lateTierTables)).toEqual([]);
    const broken: LateTierTable[] = [
      { ...table, tiers: [] },
      { ...table, city: 'a', tiers: [...table.tiers].reverse() },
      { ...table, city: 'b', version: 0, tiers: [{ fromMs: 0, amountMinor: 5 }] },
    ];
    expect(lateTierFaults([table, ...broken])).toEqual([
      'two tables are named takeout/*/v1',
      'takeout/*/v1: there is no tier',
      'takeout/a/v1: later is not worth more',
      'takeout/b/v0: the version is no whole number',
      'takeout/b/v0: a tier begins at once or is worth nothing',
    ]);
  });
});

interface GrantRule {
  readonly rule: string;
  readonly version: number;
  readonly bizTypes: readonly string[];
  readonly city?: string;
  readonly tiers: readonly { readonly from: number; readonly amount: number }[];
}

describe('the compensation centre', () => {
  const file = join(import.meta.dirname, '../../../../compensation/rules.yaml');
  const { rules } = parse(readFileSync(file, 'utf8')) as { readonly rules: readonly GrantRule[] };

  it.each(lateTierTables.map((each) => [tierTableName(each), each] as const))(
    'grants by version what %s promises, or a late event would be granted nothing',
    (_, { bizType, city, version, tiers }) => {
      const rule = rules.find(
        (each) =>
          each.rule === LATE_RULE &&
          each.version === version &&
          each.bizTypes.includes(bizType) &&
          (each.city ?? EVERY_CITY) === city,
      );
      expect(rule?.tiers).toEqual(
        tiers.map(({ fromMs, amountMinor }) => ({ from: fromMs / MINUTE_MS, amount: amountMinor })),
      );
    },
  );
});
