/**
 * Whether a delivery was late, and what that is worth: promised against delivered, of the current attempt. Pure: who grants, and that it
 * happens once, is the compensation centre's business; the rule's name is its key.
 */
import { DeliverySubState } from '@ordo/contracts';
import type { LateTierTable } from './late-tiers.js';

/** Why a late delivery is worth nothing (DOMAIN §4). */
export const LateExclusion = {
  ADDRESS_MOVED: 'ADDRESS_MOVED',
  USER_UNREACHABLE: 'USER_UNREACHABLE',
  CANCELLED: 'CANCELLED',
} as const;
export type LateExclusion = (typeof LateExclusion)[keyof typeof LateExclusion];

export interface LatenessFacts {
  readonly promisedAtMs: number;
  /** Null while the goods are on their way: judged as of `nowMs`. */
  readonly deliveredAtMs: number | null;
  readonly nowMs: number;
  /** Every reason that the carrier gave in the current attempt. */
  readonly subStates: readonly DeliverySubState[];
  /** The order ended, by whichever side. */
  readonly isCancelled: boolean;
}

export type Lateness =
  | { readonly verdict: 'PUNCTUAL'; readonly lateMs: number }
  | { readonly verdict: 'EXCLUDED'; readonly lateMs: number; readonly exclusion: LateExclusion }
  | { readonly verdict: 'LATE'; readonly lateMs: number; readonly amountMinor: number };

/**
 * The compensation centre's name for what is owed. It grants once per (order, rule), so a better tier never adds to a worse one; the version
 * goes along as a fact.
 */
export const LATE_RULE = 'late-delivery';

/** For people and for faults. */
export const tierTableName = ({ bizType, city, version }: LateTierTable): string => `${bizType}/${city}/v${version}`;

export function judgeLateness(table: LateTierTable, facts: LatenessFacts): Lateness {
  const lateMs = Math.max(0, (facts.deliveredAtMs ?? facts.nowMs) - facts.promisedAtMs);
  const tier = table.tiers.findLast(({ fromMs }) => lateMs >= fromMs);
  if (tier === undefined) return { verdict: 'PUNCTUAL', lateMs };
  const exclusion = exclusionOf(facts);
  if (exclusion !== undefined) return { verdict: 'EXCLUDED', lateMs, exclusion };
  return { verdict: 'LATE', lateMs, amountMinor: tier.amountMinor };
}

function exclusionOf({ isCancelled, subStates }: LatenessFacts): LateExclusion | undefined {
  if (isCancelled) return LateExclusion.CANCELLED;
  if (subStates.includes(DeliverySubState.ADDRESS_CHANGED)) return LateExclusion.ADDRESS_MOVED;
  if (subStates.includes(DeliverySubState.USER_UNREACHABLE)) return LateExclusion.USER_UNREACHABLE;
  return undefined;
}

/**
 * When an order that has not arrived is judged without waiting any longer: at the last tier, from which on nothing more can be owed.
 * Earlier the amount could still rise, and a grant is made once.
 */
export function judgedAtLatest(table: LateTierTable, promisedAtMs: number): number | null {
  const last = table.tiers.at(-1);
  return last === undefined ? null : promisedAtMs + last.fromMs;
}

/** For boot: every fault of the tables, one sentence each. */
export function lateTierFaults(tables: readonly LateTierTable[]): string[] {
  const names = tables.map(tierTableName);
  return [
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `two tables are named ${name}`),
    ...tables.flatMap((table) => tierFaults(table).map((fault) => `${tierTableName(table)}: ${fault}`)),
  ];
}

function tierFaults({ tiers, version }: LateTierTable): string[] {
  const rises = tiers.every((tier, at) => {
    const before = tiers[at - 1];
    return before === undefined || (tier.fromMs > before.fromMs && tier.amountMinor > before.amountMinor);
  });
  const isSound = tiers.every(
    ({ fromMs, amountMinor }) => fromMs > 0 && Number.isSafeInteger(amountMinor) && amountMinor > 0,
  );
  return [
    ...(Number.isInteger(version) && version > 0 ? [] : ['the version is no whole number']),
    ...(tiers.length > 0 ? [] : ['there is no tier']),
    ...(rises ? [] : ['later is not worth more']),
    ...(isSound ? [] : ['a tier begins at once or is worth nothing']),
  ];
}
