/**
 * Whether a room may be asked. It is left alone after three failures in a row or a certain loss, and asked again after it answered probes
 * without a break for as long as the hold lasts. The hold doubles with every relapse, so a room that comes and goes each second is
 * used a few times and then not any more, until it has been calm for a while.
 */
import type { Clock } from '@ordo/kernel';

/** One failure may be a hiccup, three in a row are a state. */
const FAILURES_TO_OPEN = 3;
const SHORTEST_HOLD_MS = 1_000;
/** Longer would keep a healthy room idle for nothing; the other one carries both loads meanwhile. */
const LONGEST_HOLD_MS = 15_000;
/** Lost again within this time after it was trusted: the same trouble, not a new one. */
const RELAPSE_MS = 60_000;

export const RoomLoss = {
  /** The connection is gone; it is certain. */
  CLOSED: 'CLOSED',
  /** It answers, but holds no lanes: it was emptied, or never filled. */
  EMPTY: 'EMPTY',
  /** Answers are late, or are errors. */
  FAILING: 'FAILING',
} as const;
export type RoomLoss = (typeof RoomLoss)[keyof typeof RoomLoss];

export class RoomCircuit {
  private trusted = false;
  private failures = 0;
  private holdMs = 0;
  private trustedAtMs = Number.NEGATIVE_INFINITY;
  /** Since when a room that is left alone has answered every probe. */
  private calmSinceMs: number | undefined;

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly onChange: (trusted: boolean, reason: string) => void,
  ) {}

  get isTrusted(): boolean {
    return this.trusted;
  }

  /** Answered the last time it was asked: good enough where no room is trusted. */
  get isAnswering(): boolean {
    return this.trusted || this.calmSinceMs !== undefined;
  }

  /** An answer to a call or to a probe. */
  succeeded(): void {
    this.failures = 0;
    if (this.trusted) return;
    const nowMs = this.clock.monotonicMs();
    this.calmSinceMs ??= nowMs;
    if (nowMs - this.calmSinceMs < this.holdMs) return;
    this.trusted = true;
    this.trustedAtMs = nowMs;
    this.onChange(true, 'answers');
  }

  /** No answer in time, or an error. */
  failed(): void {
    this.failures += 1;
    this.calmSinceMs = undefined;
    if (this.failures >= FAILURES_TO_OPEN) this.lost(RoomLoss.FAILING);
  }

  /** Certain: not worth another two callers' time. */
  lost(reason: RoomLoss): void {
    this.calmSinceMs = undefined;
    if (!this.trusted) return;
    this.trusted = false;
    const isRelapse = this.clock.monotonicMs() - this.trustedAtMs < RELAPSE_MS && this.holdMs > 0;
    this.holdMs = isRelapse ? Math.min(this.holdMs * 2, LONGEST_HOLD_MS) : SHORTEST_HOLD_MS;
    this.onChange(false, reason);
  }
}
