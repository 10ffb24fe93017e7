/** What the engine tells of itself. Every method is called on a hot path and must not throw. */
export interface TimerRecorder {
  /** Committed firings, each with its lateness from the true due time, ms. A negative one is a bug: count it as early. */
  fired(queue: string, latenessMs: readonly number[]): void;
  /** The gate said no: `refused` not pending any more, `early` not due by the database's clock. */
  gateRefused(queue: string, reason: 'refused' | 'early', count: number): void;
  /** A handler failed; `final`: for the last time. */
  handlerFailed(queue: string, isFinal: boolean, count: number): void;
  /** The index of a partition was made anew, with this many overdue entries. */
  rebuilt(queue: string, partition: number, overdue: number): void;
  /** The feeder loaded the next stretch. */
  fed(queue: string, partition: number, entries: number): void;
  /** The sweeper found timers that the index had lost. */
  repaired(queue: string, partition: number, entries: number): void;
  /** Whether the partition fires from the database because the index does not answer. */
  degraded(queue: string, partition: number, isDegraded: boolean): void;
  /** The partition is no longer this process's: what was said of its depth and degradation is void. */
  released(queue: string, partition: number): void;
  /** On how many nodes an operator has paused the queue. */
  paused(queue: string, nodes: number): void;
  /** Ended timers that were forgotten. */
  purged(queue: string, count: number): void;
  depth(queue: string, partition: number, pending: number, oldestDueAgeMs: number): void;
  /** A step did not succeed and will be tried again. */
  failed(queue: string, step: string, error: unknown): void;
}

const ignore = (): void => undefined;

export const silentRecorder: TimerRecorder = {
  fired: ignore,
  gateRefused: ignore,
  handlerFailed: ignore,
  rebuilt: ignore,
  fed: ignore,
  repaired: ignore,
  degraded: ignore,
  released: ignore,
  paused: ignore,
  purged: ignore,
  depth: ignore,
  failed: ignore,
};
