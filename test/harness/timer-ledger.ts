/** What was set, against what the effects say: pure, so that a ledger that lies is found by its own spec. */
export interface TimerEffect {
  readonly key: string;
  /** When its effect was written, by the database's clock. */
  readonly atMs: number;
}

export interface TimerAccount {
  readonly set: number;
  /** Timers that had their effect. */
  readonly fired: number;
  /** Effects before the due time that was asked for. */
  readonly early: number;
  /** Timers without an effect. */
  readonly missing: number;
  /** Effects beyond the first of their timer. */
  readonly double: number;
  /** Effects of timers that nobody set. */
  readonly unknown: number;
}

/** Never fired early, none lost, none twice: promise P6. */
export const EACH_ONCE = { early: 0, missing: 0, double: 0, unknown: 0 } as const;

/** `due`: what was asked for, by key. */
export function accountOf(due: ReadonlyMap<string, number>, effects: readonly TimerEffect[]): TimerAccount {
  const seen = new Set<string>();
  const wrong = { early: 0, double: 0, unknown: 0 };
  for (const { key, atMs } of effects) {
    const dueMs = due.get(key);
    if (dueMs === undefined) wrong.unknown += 1;
    else {
      if (atMs < dueMs) wrong.early += 1;
      if (seen.has(key)) wrong.double += 1;
      seen.add(key);
    }
  }
  return { set: due.size, fired: seen.size, missing: due.size - seen.size, ...wrong };
}

export const accountLine = ({ set, fired, early, missing, double, unknown }: TimerAccount): string =>
  `set ${set} fired ${fired} early ${early} missing ${missing} double ${double}${unknown > 0 ? ` unknown ${unknown}` : ''}`;

/** The lateness of each effect, ms from its due time, in ascending order. */
export function latenessOf(due: ReadonlyMap<string, number>, effects: readonly TimerEffect[]): readonly number[] {
  return effects.map(({ key, atMs }) => atMs - (due.get(key) ?? Number.NaN)).sort((a, b) => a - b);
}

export const quantile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
