/** Which rule applies, and what it owes. Pure. */
import { refuse, refuseViolations } from '@ordo/contracts';
import { cumulativeFloorShare } from '@ordo/kernel';
import type { CompensatedOrder, CompensationFacts, CompensationRule } from './compensation-rule.js';

/**
 * The rule that counts: of the order's business type and currency, of its city if the city has rules of its own, of the version that the facts
 * name or else the highest one that was valid then.
 * @throws Refusal COMPENSATION_RULE_UNKNOWN.
 */
export function ruleFor(
  rules: readonly CompensationRule[],
  name: string,
  { bizType, currency }: Pick<CompensatedOrder, 'bizType' | 'currency'>,
  { city, ruleVersion, occurredAtMs }: CompensationFacts,
): CompensationRule {
  const fitting = rules.filter(
    (each) =>
      each.rule === name &&
      each.bizTypes.includes(bizType) &&
      each.currency === currency &&
      (ruleVersion === undefined ? Date.parse(each.validFrom) <= occurredAtMs : each.version === ruleVersion),
  );
  const local = fitting.filter((each) => each.city !== undefined && each.city === city);
  const general = fitting.filter((each) => each.city === undefined);
  const [newest] = (local.length > 0 ? local : general).sort((a, b) => b.version - a.version);
  if (newest !== undefined) return newest;
  const details = { rule: name, bizType, currency, ...(ruleVersion === undefined ? {} : { ruleVersion }) };
  throw refuse('COMPENSATION_RULE_UNKNOWN', `no rule ${name} for ${bizType} in ${currency}`, details);
}

/** What `rule` owes for `facts`; 0: nothing. @throws Refusal INVALID_ARGUMENT when the fact that it counts by is not there. */
export function amountOwed({ basis, tiers }: CompensationRule, { measures }: CompensationFacts): number {
  const value = basis === undefined ? 0 : measures[basis];
  if (value === undefined || !Number.isFinite(value) || value < 0) {
    throw refuseViolations([{ field: `facts.${basis}`, rule: 'required', message: 'must be a number, zero or more' }]);
  }
  return tiers.filter(({ from }) => from <= value).at(-1)?.amount ?? 0;
}

/**
 * The part of a rule's daily budget that one shard may grant. The shards' parts add up to the budget exactly; an order's shard is fixed by its user,
 * so the orders spread evenly. A budget of the whole would be one row that every grant of a day waits for, on one node.
 */
export const shardBudget = (perDay: number, shards: number, shard: number): number =>
  cumulativeFloorShare(perDay, shards, shard);

/** Half-open tiers need no upper end: 10–20 minutes is from 10 and before the next. */
export const isRising = (tiers: readonly { readonly from: number }[]): boolean =>
  tiers.every(({ from }, at) => at === 0 || from > (tiers[at - 1]?.from ?? from));
