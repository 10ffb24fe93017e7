/** What a spec and a node of timers say to each other: settings at the start, requests and answers over Node's IPC channel. */
import type { RetryRules } from '@ordo/timers';

/** Where a process dies, as by SIGKILL: at the `nth` call of `step`, before it takes effect or after it and before its answer. */
export interface Death {
  readonly step: string;
  readonly moment: 'before' | 'after';
  readonly nth: number;
}

export interface NodeSettings {
  readonly queue: string;
  readonly group: string;
  /** `schema.table` of the effects, on every MySQL node. */
  readonly effects: string;
  readonly redisUrl: string;
  /** Set: a name that tells nobody whether the process lives, as of another host. */
  readonly memberId?: string;
  /** How far the wall clock of this node is ahead. */
  readonly skewMs?: number;
  /** The monotonic clock does not count a freeze, like that of a virtual machine that was paused. */
  readonly sleepsThrough?: boolean;
  /** Believes for ever in what it has ever owned, whatever the leases say. */
  readonly isStubborn?: boolean;
  readonly retries?: RetryRules;
  readonly death?: Death;
}

export type NodeRequest =
  | { readonly ask: 'report' }
  /** Sets `count` timers named `<prefix><n>`. */
  | { readonly ask: 'set'; readonly prefix: string; readonly count: number; readonly dueMs: number };

/** What the engine of this node has said of itself. */
export interface NodeReport {
  readonly fired: number;
  readonly early: number;
  /** Entries that the gate refused, because they had fired, were cancelled or moved. */
  readonly refused: number;
  readonly retried: number;
  readonly failedForGood: number;
  readonly rebuilt: number;
  readonly repaired: number;
  /** Partitions that fire from the database at this moment. */
  readonly degraded: number;
  /** Steps that did not succeed, by the code of their error. */
  readonly failures: Readonly<Record<string, number>>;
}

export type NodeAnswer =
  | { readonly ready: true }
  | { readonly id: number; readonly result: NodeReport | null }
  | { readonly id: number; readonly failure: string };

export const SETTINGS_VARIABLE = 'ORDO_TIMER_NODE';
