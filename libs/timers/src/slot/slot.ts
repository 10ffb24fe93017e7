/** The grid of the wheel: one-second slots, and a fixed number of partitions per queue. */

/**
 * Partitions per queue, fixed for ever: a pending timer's partition is stored with it. 64 let one hot second drain in parallel on as
 * many processes, and cost an idle queue 64 script calls a second.
 */
export const PARTITION_COUNT = 64;

/** Every partition, in order. */
export const ALL_PARTITIONS: readonly number[] = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);

/** Redis holds this much of the future: memory follows the rate at which timers fall due, not the backlog. */
export const HORIZON_SECONDS = 7_200;

const MS_PER_SECOND = 1_000;

/** The slot of a due time: rounded up, so that nothing in a slot that has begun is early. */
export const slotOf = (dueMs: number): number => Math.ceil(dueMs / MS_PER_SECOND);

/** The slot that began last at `nowMs`: it and all before it are due. */
export const lastDueSlot = (nowMs: number): number => Math.floor(nowMs / MS_PER_SECOND);

/** A timer's place in the index: all that Redis knows of it. */
export interface SlotEntry {
  /** Decimal, ≥ 1, ≤ 2^63 − 1: a set of such ids is packed by Redis into 8 bytes each. */
  readonly id: string;
  readonly slot: number;
}

export interface IndexEntry extends SlotEntry {
  readonly partition: number;
}
