/** Clocks as bad hosts have them. */
import { type Clock, systemClock } from '@ordo/kernel';

/** A gap that nobody waits for: members look four times a second. */
const FREEZE_MS = 2_000;

export function nodeClock({ skewMs = 0, sleepsThrough = false }: { skewMs?: number; sleepsThrough?: boolean }): Clock {
  let lastMs = performance.now();
  let sleptMs = 0;
  const monotonicMs = (): number => {
    const nowMs = performance.now();
    if (nowMs - lastMs > FREEZE_MS) sleptMs += nowMs - lastMs;
    lastMs = nowMs;
    return nowMs - sleptMs;
  };
  return {
    nowMs: () => systemClock.nowMs() + skewMs,
    monotonicMs: sleepsThrough ? monotonicMs : systemClock.monotonicMs,
  };
}
