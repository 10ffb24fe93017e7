/** The fast way of a push: at once, beside the timer that makes it certain. Few at a time, so that a carrier that hangs costs nobody else. */
import type { Pusher } from './pusher.js';

/** More than a worker's share of a peak second takes when the carrier answers in a tenth of one. */
const MOST_AT_ONCE = 64;

export class PushDesk {
  private running = 0;

  constructor(
    private readonly pusher: Pusher,
    private readonly onFailed: (error: unknown) => void,
  ) {}

  /** Never throws, never waits. What is not taken is left to the timer. */
  soon(orderId: string, attempt: number): void {
    if (this.running >= MOST_AT_ONCE) return;
    this.running += 1;
    void this.pusher
      .push(orderId, attempt)
      .catch((error: unknown) => this.onFailed(error))
      .finally(() => {
        this.running -= 1;
      });
  }
}
