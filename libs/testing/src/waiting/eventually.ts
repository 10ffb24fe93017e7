/** Waiting for what another process does. The condition is the proof; the pause between two looks proves nothing. */
import { setTimeout as pause } from 'node:timers/promises';

/** Long enough for a server to start over; a spec that knows better says so. */
const DEFAULT_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

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
  const giveUpAtMs = performance.now() + withinMs;
  for (;;) {
    const seen = await holds();
    if (!isMissing(seen)) return seen as Exclude<T, undefined | null | false>;
    if (performance.now() >= giveUpAtMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
