/** Waiting for what another process does. The condition is the proof; the pauses between two looks prove nothing. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_EVERY_MS = 20;

/** The first answer of `look` that is not undefined. Throws, naming `what`, when there is none within `withinMs`. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 10_000,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${what}`);
    await pause(LOOK_EVERY_MS);
  }
}
