/** 1048: the NULL that `guard` inserts when the lease is not held. No other statement of the house writes a NULL where none may be. */
const FENCED_NUMBER = 1_048;

/** Whether a packet ended at its `guard`: the partition has another owner, and nothing after the guard was done. */
export function isFenced(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'errno' in error && error.errno === FENCED_NUMBER;
}
