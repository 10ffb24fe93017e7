/**
 * The timer of a transfer's next step. Its key names the version that the step is for, so that a timer of an older version finds nothing to
 * do, and every version has its own: set in the transaction that makes the version.
 */
import type { GroupedInsert } from '@ordo/sharding';
import type { Timers } from '@ordo/timers';

export interface PlannedStep {
  readonly insert: GroupedInsert;
  /** Tells the index after the commit; it may fail or be forgotten, the timer fires all the same. */
  announce(): Promise<void>;
}

/** What the books need of timers. */
export interface StepTimers {
  plan(node: number, number: string, version: number, dueMs: number): PlannedStep;
}

const SEPARATOR = '#';

export const stepKeyOf = (number: string, version: number): string => `${number}${SEPARATOR}${version}`;

export function stepOfKey(key: string): { readonly number: string; readonly version: number } {
  const at = key.lastIndexOf(SEPARATOR);
  return { number: key.slice(0, at), version: Number(key.slice(at + 1)) };
}

export function stepTimers(timers: Timers, queue: string): StepTimers {
  return {
    plan: (node, number, version, dueMs) => {
      const { insert, entry } = timers.writer.timerInsert(node, { queue, key: stepKeyOf(number, version), dueMs });
      return { insert, announce: () => timers.index(queue, [entry]) };
    },
  };
}
