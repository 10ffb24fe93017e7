/** Where a consumer's effects are kept. What the handler writes through `tx`, the mark of the inbox and the position of an order commit together or not at all. */
export interface Transactions<Tx> {
  /**
   * Runs `work` in one transaction: commits when it returns, rolls back when it throws, and lets its error through unchanged, but for
   * contention and a store that is away, which are Transient: the event comes again. A commit whose answer was lost is Transient too;
   * the next delivery finds the mark, or does the effect.
   */
  run<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}
