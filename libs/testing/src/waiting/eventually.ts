/** Waiting for what another process does. The condition is the proof; the pause between two looks proves nothing. */
import { setTimeout as pause } from 'node:timers/promises';

/** Long enough for a server to start over; a spec that knows better says so. */
const DEFAULT_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** A condition that takes seconds is looked at less often: many looks ask servers, whose time is what everybody waits for. */
const LOOK_SELDOM_MS = 100;
const PART_OF_THE_WAIT = 0.05;

type Look<T> = () => T | Promise<T>;

/** Nothing yet. A number is something, also when it is 0. */
const isMissing = (seen: unknown): boolean => seen === undefined || seen === null || seen === false;

/**
 * The first answer of `holds` that is neither undefined, null nor false. Throws an Error that names `what` when there was none within
 * `withinMs`. What `holds` throws is thrown on: a condition that cannot be looked at is not one that does not hold yet.
 */
export async function eventually<T>(
  holds: Look<T>,
  what: string,
  withinMs: number = DEFAULT_WITHIN_MS,
): Promise<Exclude<T, undefined | null | false>> {
  const beganMs = performance.now();
  const giveUpAtMs = beganMs + withinMs;
  for (;;) {
    const seen = await holds();
    if (!isMissing(seen)) return seen as Exclude<T, undefined | null | false>;
    if (performance.now() >= giveUpAtMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    const waitedMs = performance.now() - beganMs;
    await pause(Math.max(LOOK_EVERY_MS, Math.min(LOOK_SELDOM_MS, PART_OF_THE_WAIT * waitedMs)));
  }
}
