/** The deadlines that an order is placed with, against the limits of its business type. The limits are data of the type. */
import { type OrderDeadlines, refuseViolations, type Violation } from '@ordo/contracts';
import type { BusinessType } from '../lifecycle/order.state.js';

const NAMES = ['pay', 'accept', 'receive', 'complete'] as const;
const MS_PER_SECOND = 1_000;

/**
 * What was asked for, in one order of its members, so that the same body has one digest; undefined where nothing was. `shortestSeconds`
 * lowers the floors: for demonstrations and tests, which cannot wait for minutes.
 * @throws Refusal INVALID_ARGUMENT naming each member and the limits that it breaks.
 */
export function ownDeadlines(
  type: BusinessType,
  asked: OrderDeadlines | undefined,
  shortestSeconds = Number.POSITIVE_INFINITY,
): OrderDeadlines | undefined {
  if (asked === undefined) return undefined;
  const own: Record<string, number> = {};
  const violations: Violation[] = [];
  for (const name of NAMES) {
    const seconds = asked[`${name}Seconds`];
    if (seconds === undefined) continue;
    own[`${name}Seconds`] = seconds;
    violations.push(...violationsOf(type, name, seconds, shortestSeconds));
  }
  if (violations.length > 0) throw refuseViolations(violations);
  return Object.keys(own).length === 0 ? undefined : own;
}

function violationsOf(
  type: BusinessType,
  name: (typeof NAMES)[number],
  seconds: number,
  shortestSeconds: number,
): readonly Violation[] {
  const field = `deadlines.${name}Seconds`;
  const deadline = Object.values(type.deadlines).find((each) => each.name === name);
  if (deadline === undefined) {
    return [{ field, rule: 'unknownField', message: `is not a deadline of a ${type.name} order` }];
  }
  const min = Math.min(deadline.limits.shortestMs / MS_PER_SECOND, shortestSeconds);
  const max = deadline.limits.longestMs / MS_PER_SECOND;
  if (seconds >= min && seconds <= max) return [];
  return [{ field, rule: 'limits', message: `must be ${min} to ${max} for a ${type.name} order` }];
}
