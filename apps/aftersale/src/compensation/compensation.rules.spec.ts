/** Which rule, and how much: the examples of DOMAIN §4, by the file that is checked in. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amountOwed, ruleFor, shardBudget } from './compensation.rules.js';
import type { CompensationFacts, CompensationRule } from './compensation-rule.js';
import { checkedRules, loadRules } from './rule-file.rules.js';

const NOON_MS = 1_790_000_000_000;
const rules = loadRules();
const takeout = { bizType: 'takeout', currency: 'CNY' };

const facts = (
  measures: CompensationFacts['measures'] = {},
  more: Partial<CompensationFacts> = {},
): CompensationFacts => ({
  ...{ occurredAtMs: NOON_MS, measures },
  ...more,
});

const aRule = (changes: Partial<CompensationRule> = {}): CompensationRule => ({
  ...{ rule: 'late-delivery', version: 1, bizTypes: ['takeout'], validFrom: '2025-01-01T00:00:00Z', asset: 'CASH' },
  ...{ liable: 'CARRIER', currency: 'CNY', tiers: [{ from: 0, amount: 1 }], budget: { perDay: 1 } },
  ...changes,
});

describe('the rule of a late delivery', () => {
  it.each([
    [0, 0],
    [9.9, 0],
    [10, 400],
    [19.9, 400],
    [20, 600],
    [29, 600],
    [30, 1_300],
    [600, 1_300],
  ])('owes for %p minutes late %i', (minutesLate, amount) => {
    const rule = ruleFor(rules, 'late-delivery', takeout, facts());
    expect(amountOwed(rule, facts({ minutesLate }))).toBe(amount);
  });

  it('refuses facts without the measure that it counts by', () => {
    const rule = ruleFor(rules, 'late-delivery', takeout, facts());
    for (const measures of [{}, { minutesLate: Number.NaN }, { minutesLate: -1 }]) {
      expect(() => amountOwed(rule, facts(measures))).toThrow('facts.minutesLate');
    }
  });
});

describe('the choice of a rule', () => {
  const choose = (of: readonly CompensationRule[], more: Partial<CompensationFacts> = {}) =>
    ruleFor(of, 'late-delivery', takeout, facts({}, more));

  it('takes the highest version that was valid then, or the one that the order was placed under', () => {
    const versions = [
      aRule({ version: 1 }),
      aRule({ version: 2, validFrom: '2026-01-01T00:00:00Z' }),
      aRule({ version: 3, validFrom: '2027-01-01T00:00:00Z' }),
    ];
    expect(choose(versions).version).toBe(2);
    expect(choose(versions, { occurredAtMs: Date.parse('2025-06-01T00:00:00Z') }).version).toBe(1);
    expect(choose(versions, { ruleVersion: 3 }).version).toBe(3);
  });

  it('prefers the rules of the city, and never takes those of another', () => {
    const local = [aRule({ version: 5 }), aRule({ version: 1, city: 'shanghai' })];
    expect(choose(local, { city: 'shanghai' }).city).toBe('shanghai');
    expect(choose(local, { city: 'beijing' }).version).toBe(5);
    expect(() => choose([aRule({ city: 'shanghai' })], { city: 'beijing' })).toThrow('no rule late-delivery');
  });

  it('knows no rule of another business type, of another currency or of another name', () => {
    expect(() => choose([aRule({ bizTypes: ['virtual'] })])).toThrow('no rule');
    expect(() => choose([aRule({ currency: 'USD' })])).toThrow('no rule');
    expect(() => choose([aRule({ rule: 'other' })])).toThrow('no rule');
  });
});

describe('the parts of a budget', () => {
  it('add up to the budget over all shards, and differ by one at most', () => {
    fc.assert(
      fc.property(fc.nat(999_999_999), (perDay) => {
        const parts = Array.from({ length: 12 }, (_, shard) => shardBudget(perDay, 12, shard));
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(perDay);
        expect(Math.max(...parts) - Math.min(...parts)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('the file of rules', () => {
  it('names every problem of every rule at once', () => {
    const wrong = {
      rules: [
        aRule(),
        aRule(),
        aRule({
          version: 2,
          basis: 'minutesLate',
          tiers: [
            { from: 20, amount: 1 },
            { from: 10, amount: 2 },
          ],
        }),
        aRule({ version: 3, tiers: [{ from: 5, amount: 1 }] }),
      ],
    };
    expect(() => checkedRules(wrong)).toThrow(
      /late-delivery version 1 is there twice for takeout; .*version 2 has tiers that do not rise; .*version 3 counts by nothing/,
    );
  });

  it.each([
    ['an asset that nobody pays', { asset: 'GOLD' }],
    ['nobody who bears it', { liable: undefined }],
    ['half a cent', { tiers: [{ from: 0, amount: 0.5 }] }],
    ['a member that no rule has', { colour: 'red' }],
    ['a name that fits no number', { rule: 'Late Delivery' }],
  ])('is refused with %s', (_, change) => {
    const rule = JSON.parse(JSON.stringify({ ...aRule(), ...change })) as unknown;
    expect(() => checkedRules({ rules: [rule] })).toThrow('/rules/0');
  });
});
