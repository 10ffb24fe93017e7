export type SettledOutcome = 'handled' | 'refused' | 'retried' | 'deadLettered';

/** Since the consumer was made; `inFlight` is now. A delivery that goes back unacknowledged is counted in none. */
export type ConsumerCounts = Readonly<Record<SettledOutcome | 'inFlight', number>>;

/** Counts deliveries and tells when none is in hand. */
export class ConsumerTally {
  private readonly settled = { handled: 0, refused: 0, retried: 0, deadLettered: 0 };
  private inFlight = 0;
  private idleWaiters: (() => void)[] = [];

  get counts(): ConsumerCounts {
    return { ...this.settled, inFlight: this.inFlight };
  }

  began(): void {
    this.inFlight += 1;
  }

  ended(outcome: SettledOutcome | undefined): void {
    this.inFlight -= 1;
    if (outcome !== undefined) this.settled[outcome] += 1;
    if (this.inFlight > 0) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const wake of waiters) wake();
  }

  /** Resolves when nothing is in hand, or after `timeoutMs`. */
  async untilIdle(timeoutMs: number): Promise<void> {
    if (this.inFlight === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.idleWaiters.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
