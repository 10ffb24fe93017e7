/**
 * How long a caller whose timer is committed waits until the index has heard of it: long enough that a healthy Redis has, so that what is due
 * soon fires on time; never so long that a Redis that hangs slows whoever sets timers (P9). What the index did not hear is found later.
 */
import { type Clock, systemClock } from '@ordo/kernel';

/** A healthy Redis takes one; beyond this it is not, and nobody waits again until a call has come back in time. */
const WAIT_MS = 50;

export class IndexPatience {
  private isSlow = false;

  constructor(private readonly clock: Clock = systemClock) {}

  /** Resolves when `work` has ended, which goes on in any case, or when it was waited for long enough. `work` does not reject. */
  async wait(work: Promise<void>): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    const ended = work.then(() => {
      this.isSlow = this.clock.monotonicMs() - startedMs > WAIT_MS;
    });
    if (this.isSlow) return;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.isSlow = true;
        resolve();
      }, WAIT_MS);
    });
    await Promise.race([ended, enough]);
    clearTimeout(timer);
  }
}
