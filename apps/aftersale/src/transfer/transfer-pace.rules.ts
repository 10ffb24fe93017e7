/** How fast a transfer is driven, and when a person is called. */
export interface TransferPace {
  /** From the intent to send until somebody looks whether the sender died; longer than the partner's time limits together. */
  readonly graceMs: number;
  /** From an answer that promises to the line that says so: a callback within it makes the line, and the look after it, needless. 0: none. */
  readonly patienceMs: number;
  /** From an answer to the first look; doubled each time. Callbacks usually come first. */
  readonly firstLookMs: number;
  readonly maxLookMs: number;
  /** From a failure to the next request; doubled each time. */
  readonly firstRetryMs: number;
  readonly maxRetryMs: number;
  /** Failures in a row after which a person is called. */
  readonly maxFailures: number;
  /** Looks without an end, since the last request or a person's word, after which a person is called. */
  readonly maxLooks: number;
}

const HOUR_MS = 3_600_000;

/**
 * 16 failures: some 9 hours with these waits, longer than most incidents of a channel. 180 looks: a good week; channels promise card
 * refunds within 5 to 10 working days, and a week without any end is worth a person's look.
 */
export const defaultPace: TransferPace = {
  graceMs: 20_000,
  patienceMs: 300,
  firstLookMs: 1_000,
  maxLookMs: HOUR_MS,
  firstRetryMs: 5_000,
  maxRetryMs: HOUR_MS,
  maxFailures: 16,
  maxLooks: 180,
};

/** The wait after the `count`-th time, count ≥ 1. */
export const backOffMs = (firstMs: number, maxMs: number, count: number): number =>
  Math.min(firstMs * 2 ** Math.min(Math.max(count, 1) - 1, 30), maxMs);
