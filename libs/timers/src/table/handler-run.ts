/**
 * Runs the handlers of a batch and hands over their results in waves, so that a handler that takes its time delays itself and not the
 * four hundred beside it.
 */
import { InvariantViolation } from '@ordo/kernel';
import type { TimerRow } from './timer.repository.js';
import type { TimerEffects, TimerTask } from './timer-task.js';

/** Long enough for a query of each handler, short beside the second that a timer may be late. */
const WAVE_MS = 50;

export interface Handled {
  readonly row: TimerRow;
  readonly effects: TimerEffects;
}

export interface Mishandled {
  readonly row: TimerRow;
  readonly error: unknown;
}

export interface Wave {
  readonly handled: readonly Handled[];
  readonly mishandled: readonly Mishandled[];
}

const NOTHING: TimerEffects = {};

/** Yields until every row has been handled, has failed, or has run past `deadlineMs`. Never throws. */
export async function* runHandlers(
  task: TimerTask,
  queue: string,
  rows: readonly TimerRow[],
  deadlineMs: number,
): AsyncGenerator<Wave> {
  let handled: Handled[] = [];
  let mishandled: Mishandled[] = [];
  const running = new Map<TimerRow, Promise<void>>();
  for (const row of rows) {
    const settle = (effects: TimerEffects | undefined): number => handled.push({ row, effects: effects ?? NOTHING });
    const fail = (error: unknown): number => mishandled.push({ row, error });
    try {
      const answer = task.handle(dueTimerOf(queue, row));
      if (!(answer instanceof Promise)) settle(answer);
      else
        running.set(
          row,
          answer.then(settle, fail).then(() => void running.delete(row)),
        );
    } catch (error) {
      fail(error);
    }
  }
  const startedMs = performance.now();
  while (running.size > 0 && performance.now() - startedMs < deadlineMs) {
    await firstOf(Promise.all(running.values()), WAVE_MS);
    if (handled.length + mishandled.length === 0) continue;
    const wave = { handled, mishandled };
    handled = [];
    mishandled = [];
    yield wave;
  }
  for (const row of running.keys()) {
    mishandled.push({ row, error: new InvariantViolation(`the handler took longer than ${deadlineMs} ms`) });
  }
  if (handled.length + mishandled.length > 0) yield { handled, mishandled };
}

async function firstOf(work: Promise<unknown>, afterMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, afterMs);
  });
  await Promise.race([work, enough]);
  clearTimeout(timer);
}

const dueTimerOf = (queue: string, { id, key, dueMs, version, attempts, payload }: TimerRow) => ({
  ...{ id, queue, key, dueMs, version, payload },
  attempt: attempts + 1,
});
