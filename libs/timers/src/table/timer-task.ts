/** What an app does when a timer of its queue is due. */
import type { GroupedInsert } from '@ordo/sharding';

/** A timer as its handler sees it. `key`, `version` and `attempts` together are new for every firing that may take effect. */
export interface DueTimer {
  readonly id: string;
  readonly queue: string;
  readonly key: string;
  readonly dueMs: number;
  readonly version: number;
  /** 1 for the first attempt. */
  readonly attempt: number;
  readonly payload: string | null;
}

/** What commits together with the change to FIRED, in the timer's database: so it happens once, whatever is repeated. */
export interface TimerEffects {
  readonly inserts?: readonly GroupedInsert[];
  /** Statements that must each change exactly one row; anything else fails this timer alone. */
  readonly updates?: readonly string[];
}

/**
 * Guarantee: returned effects commit exactly once. Whatever else a handler does (a call, a message) may happen more than once and must bear
 * that: it runs before the gate, so that a failure can be retried. What it throws counts as a failed attempt.
 */
export interface TimerTask {
  handle(timer: DueTimer): TimerEffects | undefined | Promise<TimerEffects | undefined>;
}

/** How often, and how far apart, a failed timer is tried again. */
export interface RetryRules {
  /** Attempts in all, ≥ 1. Default 10: with the default back-off some 17 minutes. */
  readonly maxAttempts?: number;
  /** Wait after the first failure, ms; doubled after each. Default 1,000. */
  readonly backOffMs?: number;
  /** Longest wait, ms. Default 300,000. */
  readonly maxBackOffMs?: number;
  /** Longest run of a handler, ms; after that its attempt has failed. Default 10,000. */
  readonly deadlineMs?: number;
}

export const defaultRetryRules = {
  maxAttempts: 10,
  backOffMs: 1_000,
  maxBackOffMs: 300_000,
  deadlineMs: 10_000,
} as const;

/** The wait after the failure number `attempt`. */
export function backOffOf(rules: Required<RetryRules>, attempt: number): number {
  return Math.min(rules.backOffMs * 2 ** Math.min(attempt - 1, 30), rules.maxBackOffMs);
}
