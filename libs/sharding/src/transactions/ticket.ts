/** A unit that was accepted, and whoever waits for its answer. */
import type { ShardUnit } from './shard-unit.js';

export interface Ticket {
  readonly unit: ShardUnit<unknown>;
  readonly expiresAtMs: number;
  readonly resolve: (verdict: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A suggestion to callers: long enough for a failing node to be marked down, short enough for a person at a checkout. */
export const RETRY_AFTER_MS = 300;
