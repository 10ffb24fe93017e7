/** First wait after a lost connection: long enough not to spin, short enough that a blip is not felt. */
export const RECONNECT_MIN_MS = 100;
/** A broker that is back is found within this time, however long it was away. */
export const RECONNECT_MAX_MS = 5_000;

/**
 * Wait before reconnect attempt `attempt` (0, 1, 2 …): doubles from 100 ms up to 5 s, with jitter over its upper half, so
 * that a fleet that lost its broker at one moment does not come back at one moment.
 */
export function reconnectDelayMs(attempt: number, random: () => number = Math.random): number {
  const ceilingMs = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** Math.min(attempt, 16));
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random());
}
