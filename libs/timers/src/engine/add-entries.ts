/** Indexing by whoever has committed a timer: the engine for its own callers, or a process that sets timers and fires none. */
import type { SlotEntry } from '../slot/slot.js';
import type { WheelIndex } from '../wheel/wheel-index.js';

/**
 * After the commit: puts the entries into the index of their partition, behind the cursor at once if their slot has passed, so that what
 * is due already fires at the next tick. Safe to repeat. Throws what the index throws; the feeder or the sweeper finds what did not get in.
 */
export async function addEntries(
  index: Pick<WheelIndex, 'add'>,
  partition: number,
  entries: readonly SlotEntry[],
): Promise<void> {
  let waiting = entries;
  for (let ahead = 1; waiting.length > 0; ahead += 1) {
    const { passed, cursor } = await index.add(partition, waiting);
    const slot = cursor + ahead;
    waiting = passed.map(({ id }) => ({ id, slot }));
  }
}
