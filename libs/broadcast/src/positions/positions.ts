/**
 * How far a consumer has come with each order: the version that it applied last. An implementation owes the following; each obligation
 * is a named case of `positionsContract`.
 *
 * - **Same transaction.** Reading and advancing go through `tx` and nothing else, so that an effect and its position are one.
 * - **Reading locks.** Two deliveries of one order at the same moment would else both find the same position and both apply. The second
 *   waits until the first ended, and sees what it wrote. That holds for an order that was never seen, too.
 * - **One consumer's position is not another's**, nor one order's another's.
 */
export interface Positions<Tx> {
  /** The version applied last; 0 for an order that was never seen. Throws Transient where it waited too long for another delivery. */
  last(tx: Tx, consumer: string, orderId: string): Promise<number>;
  /** After `last` in the same transaction. */
  advance(tx: Tx, consumer: string, orderId: string, version: number): Promise<void>;
}
