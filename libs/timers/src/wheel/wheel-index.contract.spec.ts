/** The wheel in memory keeps the contract, so that specs of the engine under a simulated clock speak of the real one, too. */
import { describe, it } from '@jest/globals';
import { ManualClock } from '@ordo/kernel';
import { MemoryWheel } from '../rehearsal/memory-wheel.js';
import { type WheelHarness, wheelContract } from './wheel-index.contract.js';

function harness(): WheelHarness {
  const wheel = new MemoryWheel(new ManualClock(1_700_000_000_000));
  return {
    wheel,
    rewind: async (partition, seconds) => {
      const found = wheel.partitions.get(partition);
      if (found === undefined) return;
      found.cursor -= seconds;
      found.fed -= seconds;
    },
    dump: async (partition) => structuredClone(wheel.partitions.get(partition)),
    freshPartition: () => 7,
  };
}

describe('the wheel in memory', () => {
  it.each(wheelContract.map((each) => [each.name, each] as const))('%s', (_, each) => each.run(harness()));
});
